"""The command line: words typed in a shell flow in; pictures, tables, trained nets and exit codes come out."""

from netgraph.cli.door import main

__all__ = ["main"]
