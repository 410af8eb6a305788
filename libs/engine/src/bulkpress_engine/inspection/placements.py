"""How large each image is drawn.

The largest drawing of an image is what its pixels must suffice for. Where a drawing cannot be established, the images
that could be drawn there count as unknown, and nobody resamples them.
"""

from pikepdf import Object

from bulkpress_engine.inspection.geometry import Matrix, drawn_size
from bulkpress_engine.objects import ObjGen


class Placements:
    """Largest drawn width and height, in points, of each image that is drawn, and the images with drawings unknown."""

    def __init__(self) -> None:
        self.drawn_pt: dict[ObjGen, tuple[float, float]] = {}
        self.unknown: set[ObjGen] = set()

    def draw(self, image: Object, matrix: Matrix) -> None:
        """Note that an image is drawn with this matrix."""
        width_pt, height_pt = drawn_size(matrix)
        known = self.drawn_pt.get(image.objgen, (0.0, 0.0))
        self.drawn_pt[image.objgen] = (max(known[0], width_pt), max(known[1], height_pt))
