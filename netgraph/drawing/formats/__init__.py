"""A sheet or a picture goes in; text or bytes in one format come out."""
