"""The rounds of a run that is under way, on disk: what the next one goes on from."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vabal_core.experiment.folders import round_folder, write_finished
from vabal_core.experiment.plan import Run
from vabal_core.loop.checked_files import write_whole


@dataclass(frozen=True, kw_only=True, eq=False)
class PlayedRound:
    """What a round leaves: its row of results, the rows (k,) of the images that it asked for (none in the last round of
    a run), what its classifier had named them (k,), and its auto-encoder where the next round goes on from it."""

    row: Mapping[str, Any]
    picks: np.ndarray
    predicted: np.ndarray
    vae: Mapping[str, Tensor] | None = None


def write_round(out: Path, run: Run, number: int, played: PlayedRound) -> None:
    folder = round_folder(out, run)
    folder.mkdir(parents=True, exist_ok=True)
    if played.vae is not None:
        write_whole(_vae(folder, number), lambda file: torch.save(dict(played.vae), file))
    values = {"row": played.row, "picks": played.picks.tolist(), "predicted": played.predicted.tolist()}
    content = json.dumps(values).encode()
    write_whole(folder / f"{number}.json", lambda file: file.write(content))
    _vae(folder, number - 1).unlink(missing_ok=True)


def read_rounds(out: Path, run: Run) -> list[PlayedRound]:
    """The rounds played so far, from round 0 on; the last one alone has its auto-encoder."""
    folder, rounds = round_folder(out, run), []
    while (file := folder / f"{len(rounds)}.json").exists():
        values = json.loads(file.read_text(encoding="utf-8"))
        arrays = {name: np.array(values[name], np.int64) for name in ("picks", "predicted")}
        rounds.append(PlayedRound(row=values["row"], **arrays))
    if rounds and (vae := _vae(folder, len(rounds) - 1)).exists():
        state = torch.load(vae, map_location="cpu", weights_only=True)
        rounds[-1] = PlayedRound(**{**vars(rounds[-1]), "vae": state})
    return rounds


def finish(out: Path, run: Run) -> None:
    """The run is over: its rows stand in one file, and what a next round would go on from is gone."""
    write_finished(out, run, [played.row for played in read_rounds(out, run)])
    shutil.rmtree(round_folder(out, run), ignore_errors=True)


def _vae(folder: Path, number: int) -> Path:
    return folder / f"vae-{number}.pt"
