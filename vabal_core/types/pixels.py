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
