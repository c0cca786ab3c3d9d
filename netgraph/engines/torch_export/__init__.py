"""Export: a net flows in; a file that other runtimes read, checked by running it, comes out."""

from netgraph.engines.torch_export.exporting import Export, export

__all__ = ["Export", "export"]
