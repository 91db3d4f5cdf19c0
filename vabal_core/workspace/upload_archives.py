"""Archives that a browser sends together with other files: each is unpacked where it lay, as if it were a folder."""

import json
import os
from collections.abc import Generator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from vabal_core.images.ingest.archive import is_archive, passed_over, unpack
from vabal_core.types import ImportPlan, ImportProblem, Progress, StudioError
from vabal_core.workspace.import_source import archives_within


def unpack_within(folder: Path, notes: Path) -> Generator[Progress, None, tuple[ImportProblem, ...]]:
    """Unpack the archives in the folder; those that are broken stay, and are told with their reason, as are entries
    that were passed over. These are kept in the file `notes`: an archive that is unpacked is there no more."""
    problems = _read_notes(notes)
    broken = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and is_archive(path)):
        place = file.relative_to(folder).as_posix()
        try:
            entries = passed_over(file)
            yield from unpack(file, _free(file.with_suffix("")))
        except StudioError as error:
            broken.append(ImportProblem(path=place, reason=f"not unpacked: {error}"))
            continue
        problems += [replace(entry, path=f"{place}/{entry.path}") for entry in entries]
        notes.parent.mkdir(exist_ok=True)
        notes.write_text(json.dumps([asdict(note) for note in problems]), encoding="utf-8")
        file.unlink()
    return (*broken, *problems)


def with_archives(plan: ImportPlan, noted: Sequence[ImportProblem]) -> ImportPlan:
    """The plan with the true reasons against archives, in the place of what is said of any that lies in a folder."""
    paths = {problem.path for problem in noted}
    doubts = archives_within(plan.problems)
    return replace(
        plan,
        problems=(*noted, *(problem for problem in plan.problems if problem.path not in paths)),
        doubts=tuple(doubt for doubt in plan.doubts if doubt not in doubts),
    )


def _free(folder: Path) -> Path:
    """The folder, or one of its name with a number where something is called so."""
    number, place = 2, folder
    while os.path.lexists(place):
        number, place = number + 1, folder.with_name(f"{folder.name} {number}")
    return place


def _read_notes(notes: Path) -> list[ImportProblem]:
    if not notes.exists():
        return []
    return [ImportProblem(**note) for note in json.loads(notes.read_text(encoding="utf-8"))]
