"""Folders that nobody means to label: those of systems are left out, those called like a bin are asked about."""

from collections.abc import Collection, Sequence

from vabal_core.images.ingest.asides import Aside, folder_of, without
from vabal_core.images.ingest.class_names import NO_CLASSES
from vabal_core.images.ingest.folder_names import is_container, is_rubbish, may_be_bin, split_use
from vabal_core.images.ingest.patterns import literal
from vabal_core.types.names import NameBook

_MIN_CLASSES = 2


def rubbish_patterns(paths: Sequence[str]) -> tuple[str, ...]:
    """Patterns of hidden files and folders, and of those of systems, that are there."""
    names = {name for folder in {folder_of(path) for path in paths} for name in folder.split("/") if name}
    names |= {name for path in paths if (name := path.rpartition("/")[2]).startswith(".")}
    rubbish = {name for name in names if is_rubbish(name)}
    hidden = [".*"] if any(name.startswith(".") for name in rubbish) else []
    return (*hidden, *sorted(literal(name) for name in rubbish if not name.startswith(".")))


def find_bins(images: Sequence[str], classes: NameBook[str] = NO_CLASSES) -> list[Aside]:
    """Folders called like bins or previews, those called as one of `classes` excepted. They are left out, but taken
    where they stand beside one other folder alone: without them there would be no two classes."""
    folders = {folder_of(path) for path in images}
    names = sorted({name for folder in folders for name in folder.split("/") if may_be_bin(name)})
    bins = [name for name in names if not classes.find(name)]
    if not without(list(images), tuple(map(literal, bins))):
        return []
    asides = []
    for name in bins:
        left = without(list(images), (literal(name),))
        taken = len(_peers(name, folders, bins)) == _MIN_CLASSES - 1
        asides.append(_aside(name, len(images) - len(left), taken))
    return asides


def _aside(name: str, files: int, taken: bool) -> Aside:
    lie = f"{files:,} images lie" if files > 1 else "1 image lies"
    done = "Taken." if taken else "Left out."
    text = f"{lie} in {name!r}: is that a bin or a folder of previews, or what the images show? {done}"
    return Aside(patterns=(literal(name),), files=files, taken=taken, text=text)


def _peers(name: str, folders: Collection[str], bins: Collection[str]) -> set[str]:
    """The other folders that stand where folders of this name do."""
    peers = set()
    for folder in folders:
        parts = folder.split("/")
        above = "/".join(parts[: parts.index(name)]) if name in parts else None
        if above is not None:
            below = (other.removeprefix(f"{above}/" if above else "") for other in folders if _lies_in(other, above))
            peers |= {other.split("/")[0] for other in below}
    return {peer for peer in peers if peer and peer not in bins and not is_container(peer) and split_use(peer) is None}


def _lies_in(folder: str, above: str) -> bool:
    return not above or folder.startswith(f"{above}/")
