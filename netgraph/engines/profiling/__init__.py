"""Profiles: a net and a batch flow in; what each layer takes and gives comes out."""
