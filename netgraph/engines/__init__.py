"""The engines: what runs and trains a net, in NumPy and in torch, and writes it out as source."""
