"""Rank a finished round again from its checkpoint, without training: `python -m vabal_core.loop.rescore FOLDER`.

FOLDER is a round's folder (projects/ID/rounds/NUMBER in the data folder). `--strategy NAME` reads the same models by
another strategy, `--set NAME=VALUE` with other draws or another ablation; the round itself stays as it is.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from vabal_core.config import parse_override
from vabal_core.loop.checkpoint import SCORING_SETTINGS, read_checkpoint, restore
from vabal_core.loop.events import Work
from vabal_core.loop.files import read_images, read_result, read_task
from vabal_core.loop.round import rank_and_evaluate
from vabal_core.loop.task import RoundResult
from vabal_core.loop.worker import read_inputs
from vabal_core.query.strategies import find_strategy
from vabal_core.runtime import choose_device
from vabal_core.types import StudioError


def rescore(folder: Path, strategy: str | None, overrides: dict[str, Any]) -> Work[RoundResult]:
    """The result of the round in `folder` by another strategy (None: its own), with `overrides` of scoring settings.

    ValueError for a setting or a strategy that another training would be needed for; StudioError where the checkpoint
    is gone.
    """
    try:
        task, images, state = read_task(folder), read_images(folder), read_checkpoint(folder)
    except FileNotFoundError as error:
        raise StudioError(f"{error.filename} is not there: checkpoints of the last rounds only are kept.") from error
    config = replace(task.config, **overrides)  # a setting that is none, or is no more, says so itself
    if others := [name for name in overrides if name not in SCORING_SETTINGS]:
        raise ValueError(
            f"{others[0]!r} needs a new round; a checkpoint can be read with {', '.join(SCORING_SETTINGS)}"
        )
    task = replace(task, strategy=strategy or task.strategy, config=config)
    find_strategy(task.strategy)
    with TemporaryDirectory(dir=folder, prefix="rescore-", ignore_cleanup_errors=True) as scratch:
        inputs = replace((yield from read_inputs(images, config)), scratch=Path(scratch))
        fitted = yield from restore(task, state, inputs, device=choose_device())
        return (yield from rank_and_evaluate(fitted))


def compare(folder: Path, result: RoundResult, top: int) -> dict[str, Any]:
    """How the ranking differs from the one that the round left: whether at all, and what its first images share."""
    again, before = result.ranking, read_result(folder).ranking
    same = np.array_equal(again.rows, before.rows) and np.array_equal(again.scores, before.scores)
    shared = np.intersect1d(again.rows[:top], before.rows[:top])
    return {"identical": bool(same), "top": len(again.rows[:top]), "in_both": len(shared)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--strategy", help="another strategy than the round's own")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="another scoring setting")
    parser.add_argument("--top", type=int, default=100, help="images compared with the round's own ranking")
    options = parser.parse_args()
    try:
        overrides = dict(map(parse_override, options.set))
        work = rescore(options.folder, options.strategy, overrides)
        while True:
            next(work)
    except StopIteration as finished:
        print(json.dumps(compare(options.folder, finished.value, options.top)))
        return 0
    except (StudioError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
