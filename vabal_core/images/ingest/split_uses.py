"""What becomes of folders by the splits of a layout."""

from collections.abc import Mapping, Sequence

from vabal_core.types import SplitUse
from vabal_core.types.names import fold_name


class SplitUses:
    """Looks up what becomes of a folder: by its own name, or by that of the one above it and its own ("train/test"),
    which says more."""

    def __init__(self, splits: Mapping[str, SplitUse]) -> None:
        self._splits = {fold_name(name): (name, use) for name, use in splits.items()}

    def of(self, folders: Sequence[str]) -> list[SplitUse]:
        """The use of each folder on the way to a file."""
        return [self._find(above, name)[1] for above, name in zip(("", *folders), folders, strict=False)]

    def name_of(self, folders: Sequence[str], at: int) -> str:
        """As which the folder at that place stands among the splits."""
        return self._find(folders[at - 1] if at else "", folders[at])[0]

    def other_folders(self, folders: Sequence[str]) -> tuple[str, ...]:
        """The folders that are like any other, of which one may name the class."""
        return tuple(name for name, use in zip(folders, self.of(folders), strict=True) if use == "folder")

    def _find(self, above: str, name: str) -> tuple[str, SplitUse]:
        own: tuple[str, SplitUse] = self._splits.get(fold_name(name), ("", "folder"))
        return self._splits.get(fold_name(f"{above}/{name}"), own) if above else own
