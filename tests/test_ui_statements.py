"""How many statements a page sends when it is drawn again: few, and no more of them where the images are many."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from statements import counted_statements
from streamlit.testing.v1 import AppTest
from ui_pages import PAGES
from workspaces import filled, label, unsure

from vabal_core import workspace
from vabal_core.types import OutOfSample
from vabal_core.ui.app.studio import studio
from vabal_core.workspace import admission, round_progress


@dataclass(frozen=True, kw_only=True)
class Run:
    """A page with what its address says and what its widgets hold; `most`: statements, with those of the frame."""

    page: str
    most: int
    query: Mapping[str, str] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)


RUNS = {
    "label": Run(page="label", most=11),
    "label, evaluation": Run(page="label", query={"queue": "Evaluation images"}, most=11),
    "grid": Run(page="grid", most=14),
    "grid, confirm sure ones": Run(page="grid", query={"show": "Confirm sure ones"}, most=8),
    "grid, all images": Run(page="grid", query={"show": "All images"}, most=13),
    "review, unsure": Run(page="review", query={"tab": "unsure"}, most=18),
    "review, model disagrees": Run(page="review", query={"tab": "disagrees"}, most=19),
    "review, how far people agree": Run(page="review", query={"tab": "people"}, most=26),
    "rounds, for specialists": Run(page="rounds", state={"specialists": True}, most=16),
    "progress": Run(page="progress", most=13),
    "experiments": Run(page="experiments", most=9),
    "data": Run(page="data", most=16),
    "audit": Run(page="audit", most=10),
    "people": Run(page="people", most=7),
    "status": Run(page="status", most=13),
}


@pytest.fixture(autouse=True)
def no_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked because time has passed."""
    monkeypatch.setattr(admission, "FRESH_SECONDS", 3600.0)
    monkeypatch.setattr(round_progress, "devices_so_far", lambda: "CPU (2 threads)")
    # Asking what rounds compute on starts a process and takes seconds.
    monkeypatch.setattr(workspace, "devices_so_far", lambda: "CPU (2 threads)")


def statements_of(folder: Path, monkeypatch: pytest.MonkeyPatch, images: int) -> dict[str, list[str]]:
    """By run: what it asks when the page is drawn anew after a label, on a project of so many images."""
    monkeypatch.setenv("VABAL_DATA_DIR", str(folder))
    project = filled(folder, pool=images, evaluation=images // 10)
    classes, halfway = project.class_ids, images // 2
    project.record(*(label(image_id, classes[i % 3]) for i, image_id in enumerate(project.pool[:halfway])))
    project.record(*(label(image_id, classes[i % 3]) for i, image_id in enumerate(project.evaluation)))
    guesses = [OutOfSample(image_id, classes[0], 0.9) for image_id in project.pool[:halfway]]
    project.rank(project.pool[halfway:], out_of_sample=guesses)
    project.record(unsure(project.pool[-1]))
    sent = {}
    for i, (name, run) in enumerate(RUNS.items()):
        page = AppTest.from_file(PAGES.parent / "vabal_core" / "ui" / "app" / "main.py", default_timeout=20)
        for key, value in run.query.items():
            page.query_params[key] = value
        for key, value in run.state.items():
            page.session_state[key] = value
        page.run()
        page.switch_page(str(PAGES / f"{run.page}.py")).run()
        project.record(label(project.pool[halfway + i], classes[0]))
        with counted_statements(studio()) as statements:
            page.run()
        assert not page.exception
        sent[name] = statements
    return sent


def test_a_page_asks_little_of_the_database_and_no_more_of_many_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = statements_of(tmp_path / "few", monkeypatch, 60)
    many = statements_of(tmp_path / "many", monkeypatch, 600)
    assert {name: len(sent) for name, sent in many.items() if len(sent) > len(few[name])} == {}
    assert {name: len(sent) for name, sent in many.items() if len(sent) > RUNS[name].most} == {}
