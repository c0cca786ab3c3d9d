"""A plan goes in; what is to be seen of it comes out: a picture of boxes, wires and frames, in as much detail as is read well."""
