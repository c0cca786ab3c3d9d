"""The optimising compiler: a Program and its reverse flow in; straight-line NumPy calls on preallocated buffers come out."""
