"""Training in NumPy: a net and batches flow in; moved weights and a history of the losses come out."""
