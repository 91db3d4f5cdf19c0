"""What an experiment has found out so far: tables, sentences, and what it cannot tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from vabal_core.evidence.metrics import rare_classes
from vabal_core.experiment.comparisons import RANDOM
from vabal_core.experiment.discovery import discovery, discovery_sentences, rarest_first
from vabal_core.experiment.markdown import code, listed
from vabal_core.experiment.results import RESULTS, table_of
from vabal_core.experiment.summary import Summary, summarise
from vabal_core.experiment.verdicts import conclusions
from vabal_core.query.strategies import strategy_if_any
from vabal_core.store.labels import IMPORTED
from vabal_core.types import Actor, NotFound
from vabal_core.workspace.experiment_folder import ExperimentRequest, experiment_folder, read_request
from vabal_core.workspace.experiments import watch
from vabal_core.workspace.people import require_right
from vabal_core.workspace.workspace import Workspace

MAX_CLASSES = 3  # rare classes that are told of
POINTS_OF_AN_IMAGE = 0.5  # of balanced accuracy; where an image is worth more, that is said


@dataclass(frozen=True, kw_only=True, eq=False)
class ExperimentFindings:
    """What is known so far. Strategies are called by their titles, but for `random`.

    sentences  the verdict: whether choosing helps, who learns best, how soon rare classes come, how sure that is;
               names in backquotes
    cautions   what cannot be told from it
    discovery  a row a rare class, number of images and strategy: see experiment/discovery.py
    """

    summary: Summary
    sentences: tuple[str, ...]
    cautions: tuple[str, ...]
    discovery: pd.DataFrame


def read_findings(ws: Workspace, project_id: int, number: int) -> ExperimentFindings | None:
    """What the experiment has found out by now; None before the first round of a run is finished. NotFound where it is
    gone."""
    folder = experiment_folder(ws, project_id, number)
    rows = watch(folder).rows()
    request = read_request(folder)
    return _findings(folder, request.started_at.isoformat(), sum(map(len, rows.values()))) if rows else None


@lru_cache(maxsize=16)
def _findings(folder: Path, _started_at: str, _rounds: int) -> ExperimentFindings:
    """Worked out anew where a round was added, and where another experiment has taken the number of a removed one."""
    request = read_request(folder)
    rows = table_of(watch(folder))
    rows = rows.assign(strategy=rows["strategy"].map(titles(tuple(rows["strategy"].unique()))))
    summary = summarise(rows)
    table = discovery(rows, _class_indices(request, list(rows["class_names"].iloc[0])))
    first, *others = conclusions(summary)
    answer = _answer(request, summary, table)
    return ExperimentFindings(
        summary=summary,
        sentences=(*answer, first, *discovery_sentences(table), *others),
        cautions=tuple([*_cautions(request), *_of_test_images(request, rows)]),
        discovery=table,
    )


def results_file(ws: Workspace, actor: Actor, project_id: int, number: int) -> Path:
    """The table of all rounds, to be taken away, written soon after a run has ended. NotFound where there is none yet,
    NotAllowed for somebody who may take no labels away: it says what the labels of the project are worth, by class."""
    require_right(actor, "export")
    file = experiment_folder(ws, project_id, number) / RESULTS
    if not file.exists():
        raise NotFound("No run is finished yet: there is no table to download.")
    return file


def titles(strategies: tuple[str, ...]) -> dict[str, str]:
    """strategy -> what people call it, where that tells it apart from the others; the yardstick stays `random`."""
    described = {name: strategy_if_any(name) for name in strategies}
    called = {name: strategy.title if strategy and name != RANDOM else name for name, strategy in described.items()}
    often = pd.Series(called).value_counts()
    return {name: title if often[title] == 1 else name for name, title in called.items()}


def _answer(request: ExperimentRequest, summary: Summary, table: pd.DataFrame) -> list[str]:
    """Whether choosing helps at all, in one sentence; none where no strategy was compared with random."""
    compared = [*summary.to_random["verdict"], *table["verdict"][table["verdict"] != ""]]
    if not compared:
        return []
    learn = summary.to_random["strategy"][summary.to_random["verdict"] == "better"]
    sooner = table[table["verdict"] == "better"].groupby("class_name", sort=False)["strategy"].unique()
    parts = [f"{listed(learn)} learned more from as many labels than choosing at random"] if len(learn) else []
    parts += [f"{listed(names)} came by {code(class_name)} sooner" for class_name, names in sooner.items()]
    is_replay = request.kind == "labels"
    if parts:
        return [f"{'Yes: ' if is_replay else ''}{'; '.join(parts)}."]
    if set(compared) <= {"alike", "worse"}:
        return [f"{'No: no' if is_replay else 'No'} strategy did better here than choosing at random."]
    return ["It cannot be told from these runs whether any strategy does better here than choosing at random."]


def _class_indices(request: ExperimentRequest, class_names: list[str]) -> list[int]:
    counts = np.array([request.class_counts.get(name, 0) for name in class_names])
    rare = np.isin(class_names, request.rare) if request.rare else rare_classes(counts)
    return rarest_first(counts, rare & (counts > 0))[:MAX_CLASSES]


def _cautions(request: ExperimentRequest) -> list[str]:
    cautions = []
    if request.kind == "labels":
        cautions = _of_replays(request)
    if request.size.repetitions < 5:
        cautions.append(f"{request.size.repetitions} repetitions tell only large differences apart.")
    return cautions


def _of_test_images(request: ExperimentRequest, rows: pd.DataFrame) -> list[str]:
    """Where one image more or less that is recognised moves balanced accuracy by as much as strategies differ."""
    if "test_histogram" not in rows or rows["test_histogram"].isna().any():
        return []
    names, counts = rows["class_names"].iloc[0], np.stack(rows["test_histogram"].tolist()).min(0)
    tested = counts[counts > 0]
    fewest, weight = int(tested.min()), 100 / (len(tested) * tested.min())
    if weight < POINTS_OF_AN_IMAGE:
        return []
    name = code(names[int(np.flatnonzero(counts == fewest)[0])])
    same = " All repetitions use the same images, and the intervals do not hold that." if request.test else ""
    return [
        f"Balanced accuracy counts every class alike, and {name} is measured on {fewest:,} "
        f"image{'' if fewest == 1 else 's'}: one of them is {weight:.1f} points. Smaller differences may be luck.{same}"
    ]


def _of_replays(request: ExperimentRequest) -> list[str]:
    total = sum(request.class_counts.values())
    cautions = [
        f"Only the {total:,} images that have a label could be asked for, of {request.pool:,} in the project: what a "
        "strategy would have brought from among the others nobody knows."
    ]
    if set(request.chosen_by) - {"", IMPORTED}:
        cautions.append(
            f"These labels are no random draw: {_chosen(request.chosen_by)}. Where rare classes were sought already, "
            "`random` comes by them sooner here than it would among all images."
        )
    if request.test is None:
        cautions.append(
            "A fifth of these labels was kept to measure on, another one in each repetition. They were chosen too, so "
            "the accuracy here is not that on all images, and pictures of the same piece may lie on both sides. Labels "
            "of evaluation images would mend that."
        )
    return cautions


def _chosen(by_strategy: Mapping[str, int]) -> str:
    words = {
        "": "{} without a ranking",
        IMPORTED: "{} came with a label",
        "table": "{} from a table",
        "audit": "{} drawn at random",
        "filter": "{} picked in the Grid",
        "similar": "{} picked as like another",
    }
    called = titles(tuple(name for name in by_strategy if name not in words))
    parts = [
        words.get(name, f"{{}} chosen by `{called.get(name, name)}`").format(f"{count:,}")
        for name, count in sorted(by_strategy.items(), key=lambda item: -item[1])
    ]
    return ", ".join(parts)
