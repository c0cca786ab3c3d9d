"""The name of a theme goes in; the colours, lines and hatches of a picture come out."""
