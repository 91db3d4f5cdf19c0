"""The nouns of pixels: what more than 8 bits a value are shown by, and what was cut out of a larger image."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Values of more than 8 bits as grey levels: `low` and all below is black, `high` and all above white, straight in
    between. One for all images of a project, so that a brighter picture is brighter to people and learner alike."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"a scale from {self.low:g} to {self.high:g}: the first must be below the second")

    @property
    def name(self) -> str:
        """As a part of names of what is derived by it."""
        return f"scale-{self.low!r}-{self.high!r}"


@dataclass(frozen=True, kw_only=True)
class Box:
    """A piece of an upright image, in pixels from its upper left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Tiling:
    """How larger images are cut: into squares of `side` pixels, neighbours having `overlap` pixels in common. A line of
    900 x 20 pixels is cut along its length alone. Tiles have the label of the whole only with `keep_labels`: what the
    whole shows need not be in each piece. ValueError where tiles would not advance."""

    side: int
    overlap: int = 0
    keep_labels: bool = False

    def __post_init__(self) -> None:
        if self.side < 1 or not 0 <= self.overlap < self.side:
            raise ValueError(
                f"tiles of {self.side} pixels that overlap by {self.overlap}: the side is at least 1, the overlap at "
                "least 0 and less than the side"
            )


@dataclass(frozen=True, kw_only=True)
class Tile:
    """Of an image that was cut out of a larger one: that one's path and fingerprint, and which piece of it."""

    parent: str
    parent_fingerprint: str
    box: Box
