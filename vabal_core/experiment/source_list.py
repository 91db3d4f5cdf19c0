"""A source as one JSON file: which images, their labels and split. Written by whoever has read the images before."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vabal_core.experiment.source import Source, labelled_source
from vabal_core.types import Scale, StudioError

KEYS = {"class_names", "files", "fingerprints", "labels", "test"}


def write_list(
    file: Path, source: Source, *, relative_to: Path | None = None, left_out: Mapping[str, int] | None = None
) -> None:
    """Write the source, whole; with `relative_to` the files are named from there, so that the folder may move.

    `files`, `fingerprints`, `labels` (rows of `class_names`, or null) and `test` (true, false) have an item an image;
    `test` is null where no split is stated; `scale` is how values of more than 8 bits are read, null where
    each image has its own; `left_out` counts what the source had besides, by reason.
    """
    files = source.files if relative_to is None else [os.path.relpath(name, relative_to) for name in source.files]
    content = {
        "class_names": source.class_names,
        "files": files,
        "fingerprints": source.fingerprints,
        "labels": source.truth.tolist(),
        "test": None if source.test is None else source.test.tolist(),
        "scale": source.scale and {"low": source.scale.low, "high": source.scale.high},
        "left_out": dict(left_out or {}),
    }
    partial = file.with_name(f".{file.name}.part")
    partial.write_text(json.dumps(content), encoding="utf-8")
    os.replace(partial, file)


def read_list(file: Path, name: str) -> tuple[Source, dict[str, int]]:
    """The source that such a file names, and how many images it leaves out, by reason; "no label" among them.

    Files are relative to the list's folder, or absolute. StudioError where it is no such list, saying what is wrong.
    """
    content = _content(file)
    count = len(content["files"])
    labels, names = content["labels"], content["class_names"]
    test = content["test"] if content["test"] is not None else [False] * count
    fingerprints = content["fingerprints"]
    if not len(labels) == len(test) == len(fingerprints) == count:
        raise StudioError(f"{file}: files, fingerprints, labels and test must be of one length; write the list anew.")
    if len(set(fingerprints)) < count:
        raise StudioError(f"{file}: a fingerprint stands there twice; name each image once.")
    wrong = [label for label in labels if label is not None and not (_is_row(label) and label < len(names))]
    if wrong:
        raise StudioError(f"{file}: label {wrong[0]!r} is no row of its {len(names)} class_names, counted from 0.")
    rows = [row for row in range(count) if labels[row] is not None]
    source = labelled_source(
        name,
        [str(file.parent / content["files"][row]) for row in rows],
        [fingerprints[row] for row in rows],
        [names[labels[row]] for row in rows],
        [test[row] for row in rows],
        names,
        Scale(**content["scale"]) if content.get("scale") else None,
    )
    left_out = content.get("left_out", {}) | ({"no label": count - len(rows)} if len(rows) < count else {})
    return source, left_out


def _content(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StudioError(f"{file} cannot be read as a list of images: {error}") from error
    missing = sorted(KEYS - set(content)) if isinstance(content, dict) else sorted(KEYS)
    if missing:
        raise StudioError(f"{file} is no list of images: it lacks {', '.join(missing)}.")
    return content


def _is_row(label: Any) -> bool:
    return isinstance(label, int) and not isinstance(label, bool) and label >= 0
