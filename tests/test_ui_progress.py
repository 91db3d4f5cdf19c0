"""The Progress page says what its accuracy was measured on, and claims no chance where none was drawn."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from workspaces import ANN, Filled, filled

from vabal_core import workspace
from vabal_core.store.projects import merge_settings

PAGE = Path(__file__).parents[1] / "pages" / "progress.py"


@pytest.fixture
def steel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Filled:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    project = filled(tmp_path / "data", hidden=True, evaluation=30)
    workspace.update_settings(project.ws, ANN, project.project_id, rare_class_ids=[project.class_ids[2]])
    workspace.label_for_me(project.ws, ANN, project.project_id, 6)
    return project


def words(steel: Filled, source: str | None = None, **metrics: object) -> str:
    """All that the page says, the charts' annotations included, of a project whose evaluation images have a source."""
    if source:
        merge_settings(steel.ws.engine, steel.project_id, {"evaluation_from": source})
    steel.rank(steel.next(), labelled_counts=[2, 2, 2], confusion=[[8, 2, 0], [1, 9, 0], [0, 0, 7]], **metrics)
    page = AppTest.from_file(PAGE, default_timeout=20).run()
    assert not page.exception
    charts = " ".join(chart.proto.spec for chart in page.get("plotly_chart"))
    return " ".join([*(caption.value for caption in page.caption), *(metric.delta for metric in page.metric), charts])


def test_evaluation_images_that_were_left_out_are_counted_beside_the_accuracy(steel: Filled):
    text = words(steel, evaluation_set_aside=3)
    assert "Measured on 27 of 30 evaluation images; the model never learns from them." in text
    assert "Left out: 3 marked unsure or flagged." in text


def test_nothing_left_out_is_nothing_said(steel: Filled):
    assert "Left out" not in words(steel, evaluation_set_aside=0)


def test_images_drawn_at_random_are_called_that(steel: Filled):
    text = words(steel, "drawn")
    assert "of 30 evaluation images, drawn at random;" in text and "33.3 % expected at random" in text


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("stated", "evaluation images, set aside by whoever brought the images;"),
        ("both", "evaluation images, some drawn at random, some set aside by whoever brought the images;"),
        (None, "evaluation images; the model"),
    ],
)
def test_images_that_were_not_drawn_are_not_called_random(steel: Filled, source: str | None, claim: str):
    text = words(steel, source)
    assert claim in text
    assert "expected" not in text and "33.3 % of the evaluation images" in text
