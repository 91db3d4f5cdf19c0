"""How larger images are cut, as options of `import` say it."""

from typing import Annotated, Literal

import typer

from vabal_core.types import OtherForms, StudioError, Tiling
from vabal_core.workspace import Shape

ShapeName = Annotated[
    Literal["fit", "tile"] | None,
    typer.Option(help="Larger images are read whole (fit) or cut into tiles; the project's own way if absent."),
]
TileSide = Annotated[int | None, typer.Option(min=1, help="Side of a tile in pixels.")]
TileOverlap = Annotated[int, typer.Option(min=0, help="Pixels that neighbouring tiles have in common.")]
TileLabels = Annotated[
    bool, typer.Option("--tile-labels", help="Each tile has the label of its image; without it tiles have none.")
]


OtherFormsUse = Annotated[
    OtherForms,
    typer.Option(help="Images that are there whole, or cut otherwise: leave them, replace them (bin), or beside them."),
]


def shape_of(name: Literal["fit", "tile"] | None, side: int | None, overlap: int, labels: bool) -> Shape | None:
    """What the options say; None where they say nothing. StudioError where they contradict each other."""
    if side is None and (name == "tile" or overlap or labels):
        raise StudioError("To cut images into tiles give --tile-side, the side of a tile in pixels.")
    if name == "fit" and side is not None:
        raise StudioError("--shape fit reads images whole: leave --tile-side out, or say --shape tile.")
    return Tiling(side=side, overlap=overlap, keep_labels=labels) if side is not None else "fit" if name else None
