"""Boxes around the shapes that programs for drawing write: corners, circles, ellipses."""

from collections.abc import Sequence
from typing import Any

from vabal_core.images.ingest.formats.annotation import BadRecord, LabelledBox, enclosing, numbers


def around_points(points: Any, label: str, kind: str = "") -> LabelledBox:
    """Around a list of (x, y); of a circle the first is its centre, the second lies on it."""
    pairs = [numbers(point, 2, "a point of a shape") for point in (points if isinstance(points, Sequence) else ())]
    if not pairs:
        raise BadRecord("a shape has no points")
    if kind == "circle" and len(pairs) == 2:
        (x, y), (other_x, other_y) = pairs
        radius = ((x - other_x) ** 2 + (y - other_y) ** 2) ** 0.5
        return around_centre((x, y), (radius, radius), label)
    return enclosing([(x, y) for x, y in pairs], label)


def around_centre(centre: tuple[float, ...], radii: tuple[float, ...], label: str) -> LabelledBox:
    (x, y), (across, down) = centre, radii
    return LabelledBox(label=label, x=x - across, y=y - down, width=2 * across, height=2 * down)
