"""A measured picture goes in; the places of its boxes and the ways of its wires come out."""
