"""Where the columns of a table stand that name the image, its class and its split."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ColumnPlaces:
    """Where the columns stand, from 0; None where there is none. `joined`: the class stands behind the image's name in
    one cell. `flags`: (place, class) of columns with a 1 where their class is in the image. `runs`: the mask without
    which a row's class is not there. `words` say what was taken for what ("" where the names say it themselves),
    `question` what could not be told of the class, `split_question` what of the split."""

    image: int
    label: int | None = None
    split: int | None = None
    joined: bool = False
    flags: tuple[tuple[int, str], ...] = ()
    runs: int | None = None
    words: str = ""
    question: str = ""
    split_question: str = ""

    @property
    def names_classes(self) -> bool:
        return self.label is not None or self.joined or bool(self.flags)
