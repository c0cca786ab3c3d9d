"""Two graphs of operations flow in; the edits that lie between them come out."""
