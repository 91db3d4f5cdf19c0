"""Find the image that an annotation names among the files of a source."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from os.path import commonprefix
from pathlib import PurePosixPath

from vabal_core.images.ingest.folder_names import holds_masks
from vabal_core.images.ingest.formats.annotation import Annotation, BadRecord

MISSING = "missing"


class ImageIndex:
    """The paths of the images of a source, relative to it, found by what annotations call them: as it is written, or
    else whatever the capitals, which do not matter on Windows and on macOS."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = tuple(paths)

    def find(self, annotation: Annotation) -> str:
        """The path of the annotated image. BadRecord where there is none, or where several have an equal right."""
        for name in annotation.names:
            if paths := _in_folder(self._called(name, annotation.near), annotation.folder):
                if len(paths) > 1:
                    raise BadRecord(f"ambiguous: {annotation.record} names {name}, as {len(paths)} files are called")
                return paths[0]
        raise BadRecord(f"{MISSING}: {annotation.record} names {annotation.names[0]}, but there is no such file")

    def path_of(self, name: str, near: str) -> str | None:
        """The path that a description in the folder `near` calls so; None where there is none, or several."""
        paths = self._called(name, near)
        return paths[0] if len(paths) == 1 else None

    def _called(self, name: str, near: str) -> list[str]:
        """The paths that fit the name best."""
        if paths := self._written(name, near):
            return paths
        folded, originals = self._folded
        return [path for match in folded._written(name.casefold(), near.casefold()) for path in originals[match]]

    @cached_property
    def _folded(self) -> "tuple[ImageIndex, dict[str, list[str]]]":
        """The index of the paths without capitals, and what each of these stands for."""
        originals: dict[str, list[str]] = defaultdict(list)
        for path in self._paths:
            originals[path.casefold()].append(path)
        return ImageIndex(originals), originals

    def _written(self, name: str, near: str) -> list[str]:
        """The paths that fit the name best. A name may have folders before it that are of another machine, a path may
        have folders that the name leaves out; a folder that differs in the middle makes it another image."""
        parts = tuple(part for part in PurePosixPath(_plain(name)).parts if part not in ("/", ".", ".."))
        if not parts:
            return []
        paths = self._by_name.get(parts[-1]) or self._by_stem.get(parts[-1], [])
        if not paths:
            return []
        around = PurePosixPath(_plain(near)).parts
        for exact in ("/".join((*around, *parts)), "/".join(parts)):
            if same := [path for path in paths if _plain(path) == exact]:
                return same
        ranked = [(rank, path) for path in paths if (rank := _rank(parts, PurePosixPath(_plain(path)).parts, around))]
        best = max((rank for rank, _ in ranked), default=None)
        fitting = [path for rank, path in ranked if rank == best]
        # A mask is called like its image.
        return [path for path in fitting if not any(map(holds_masks, path.split("/")[:-1]))] or fitting

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        return self._grouped(lambda path: path.name)

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        return self._grouped(lambda path: path.stem)

    def _grouped(self, key: Callable[[PurePosixPath], str]) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = defaultdict(list)
        for path in self._paths:
            groups[key(PurePosixPath(_plain(path)))].append(path)
        return dict(groups)


def _in_folder(paths: list[str], folder: str) -> list[str]:
    """Of several paths those in the folder that the annotation names, where there are such."""
    if len(paths) < 2 or not folder:
        return paths
    return [path for path in paths if _plain(path).split("/")[-2:-1] == [_plain(folder)]] or paths


def _plain(path: str) -> str:
    return unicodedata.normalize("NFC", path.replace("\\", "/"))


def _rank(name: tuple[str, ...], path: tuple[str, ...], near: tuple[str, ...]) -> tuple[int, int, int] | None:
    """How well a path fits: (folders in common before the file, folders in common with `near`, and from below, where
    annotations lie in a tree like that of the images: Annotations/cam1/a.xml, JPEGImages/cam1/a.jpg); None: not at
    all."""
    folders, named_folders = path[:-1], name[:-1]
    shared = len(commonprefix([folders[::-1], named_folders[::-1]]))
    together = len(commonprefix([folders, near]))
    if shared < len(named_folders) and shared < len(folders) - together:
        return None
    mirrored = len(commonprefix([folders[together:][::-1], near[together:][::-1]]))
    return shared, together, mirrored
