"""Many graphs go in; pictures of how alike they are come out: a map, a table, the neighbours of one."""

from netgraph.atlas.heat import draw_similarity
from netgraph.atlas.map import draw_map
from netgraph.atlas.neighbours import draw_neighbours

__all__ = ["draw_map", "draw_neighbours", "draw_similarity"]
