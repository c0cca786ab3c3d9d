"""Writing out: a plan flows in; Python source to be read, for NumPy or for torch, comes out."""
