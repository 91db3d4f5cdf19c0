"""The Progress page answers four questions, says what each answer counts, and claims no chance where none was drawn."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest
from ui_pages import opened, sheet
from workspaces import ANN, Filled, filled, label, skip, unsure

from vabal_core import workspace
from vabal_core.store.projects import merge_settings
from vabal_core.ui.views.class_table import Row, _csv

QUESTIONS = [
    "What did the ranking bring?",
    "Are the rare classes climbing?",
    "How good is the model?",
    "What is left to do?",
]
MEASURED = {"labelled_counts": [2, 2, 2], "confusion": [[8, 2, 0], [1, 9, 0], [0, 0, 7]]}


@pytest.fixture
def steel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Filled:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    project = filled(tmp_path / "data", hidden=True, evaluation=30, pool=80)
    workspace.update_settings(project.ws, ANN, project.project_id, rare_class_ids=[project.class_ids[2]])
    project.record(*(label(image, project.class_ids[i % 3]) for i, image in enumerate(project.pool[:6])))
    return project


def drawn(steel: Filled, source: str = "drawn") -> None:
    merge_settings(steel.ws.engine, steel.project_id, {"evaluation_from": source})


def brought(steel: Filled, rare: int, others: int = 0) -> None:
    """A new round, out of whose ranking so many images of the rare class and of another are labelled."""
    waiting = steel.next(count=100)
    number = steel.rank(waiting, **MEASURED).number
    classes = [steel.class_ids[2]] * rare + [steel.class_ids[0]] * others
    steel.record(*(label(i, c, round=number) for i, c in zip(waiting, classes, strict=False)))


def plain_again(text: str) -> str:
    return text.replace("\\", "")


def text_of(page: AppTest) -> str:
    texts = [plain_again(str(element.value)) for kind in ("markdown", "caption") for element in page.get(kind)]
    return " ".join([*texts, *(html.proto.body for html in page.get("html"))])


def words(steel: Filled, **metrics: object) -> str:
    steel.rank(steel.next(), **(MEASURED | metrics))
    return text_of(opened("progress"))


def test_the_four_questions_come_in_their_order(steel: Filled):
    brought(steel, rare=2)
    page = opened("progress")
    assert [header.value for header in page.header][:4] == QUESTIONS
    assert len(page.get("plotly_chart")) >= 4


def test_what_the_ranking_brought_is_counted_beside_chance(steel: Filled):
    drawn(steel)
    brought(steel, rare=5, others=4)
    text = text_of(opened("progress"))
    # 10 of the 30 evaluation images are rare: 5 rare ones take about 15.
    assert (
        "with scratches: the rankings brought 5 of them in 5 images; random picking would have needed about 1" in text
    )
    assert "Read from 30 evaluation images, drawn at random." in text
    assert "By chance: 10 of 30 labelled evaluation images are rare" in text


@pytest.mark.parametrize("source", ["stated", "both", "drawn later", "unknown"])
def test_images_that_were_not_drawn_are_not_called_random(steel: Filled, source: str):
    drawn(steel, source)
    brought(steel, rare=5, others=4)
    text = text_of(opened("progress"))
    assert "5 of the 9 images" in text and "nobody can say what chance would give" in text
    assert "by chance it would" not in text and "this is not what chance would give" in text


def test_without_a_ranking_the_page_says_what_it_will_tell(steel: Filled):
    text = text_of(opened("progress"))
    assert "No image has been labelled out of a ranking yet." in text
    assert "There is no earlier round to compare with yet; so far: scratches (2 labels)." in text
    assert "How good the model is cannot be said yet." in text
    assert "74 images without a label are left, and none has been labelled out of a ranking yet" in text


def test_without_rare_classes_the_page_asks_for_them(steel: Filled):
    workspace.update_settings(steel.ws, ANN, steel.project_id, rare_class_ids=[])
    brought(steel, rare=5)
    text = text_of(opened("progress"))
    assert text.count("No class counts as rare yet.") == 2 and "with rare classes chosen" in text


def test_whether_classes_climb_names_those_that_do_and_those_that_do_not(steel: Filled):
    workspace.update_settings(steel.ws, ANN, steel.project_id, rare_class_ids=list(steel.class_ids[1:]))
    brought(steel, rare=4)
    text = text_of(opened("progress"))
    assert "1 of 2 rare classes have a larger share of your labels since round 1 began" in text
    assert "scratches (2 of them then, 6 now); not so inclusion (2 of them then, 2 now)." in text


def test_each_class_leads_to_the_images_that_the_model_takes_for_it(steel: Filled):
    ranked = steel.next(count=10)
    steel.rank(ranked, **MEASURED)  # all of them taken for crazing
    crazing, inclusion, _ = steel.class_ids
    steel.record(label(ranked[0], inclusion), label(ranked[1], crazing), unsure(ranked[2]), skip(ranked[3]))
    text = text_of(opened("progress"))
    assert "See the 8 taken for it" in text, "of those without a label now, not of those ranked then"
    assert f"grid?project=Steel&amp;show=All%20images&amp;says={crazing}" in text
    assert "None is taken for it now" in text and 'href="label?' not in text


def test_the_grid_opens_with_the_class_and_the_state_that_the_address_names(steel: Filled):
    steel.rank(steel.next(count=10))
    page = opened("grid", show="All images", says=str(steel.class_ids[0]))
    assert len(sheet(page)["items"]) == 10 and {item["state"] for item in sheet(page)["items"]} == {"waiting"}
    assert "says" not in page.query_params


def test_how_good_the_model_is_comes_with_its_range_and_what_would_narrow_it(steel: Filled):
    drawn(steel)
    text = words(steel, evaluation_set_aside=3)
    assert "names 24 of 27 evaluation images correctly: 89 % (most likely 72 % to 96 %)." in text
    assert "Measured on 27 of 30 evaluation images, drawn at random; the model never learns from them." in text
    assert "Left out: 3 marked unsure or flagged." in text
    # Wilson's width at 7 of 7 is z^2 / (n + z^2) = 0.354, halved at 2 n + z^2 = 17.8: 11 more, 43 at 7 of 27.
    assert "Least is known of scratches: 7 of 7" in text and "11 more evaluation labels of it would halve" in text
    assert "that takes about 43 of any class, and none waits for a label now." in text


def test_nothing_left_out_is_nothing_said(steel: Filled):
    assert "Left out" not in words(steel, evaluation_set_aside=0)


def test_few_labels_out_of_rankings_are_too_few_for_a_verdict(steel: Filled):
    brought(steel, rare=2, others=4)
    assert "Go on: 68 images without a label are left, and of the last 6 images labelled" in text_of(opened("progress"))


@pytest.mark.parametrize(
    ("rare", "others", "verdict"),
    [(40, 10, "Go on: 24 images"), (0, 50, "You may stop, as far as rare"), (12, 38, "You may stop, or go on in any")],
)
def test_whether_to_go_on_is_read_from_the_newest_rankings(steel: Filled, rare: int, others: int, verdict: str):
    drawn(steel)
    brought(steel, rare, others)
    assert verdict in text_of(opened("progress"))


def test_where_every_image_is_labelled_nothing_is_left(steel: Filled):
    workspace.label_for_me(steel.ws, ANN, steel.project_id, 80)
    assert "Nothing: all 80 images to learn from have a label." in text_of(opened("progress"))


def test_what_was_never_measured_is_measured_by_the_next_round(steel: Filled):
    steel.rank(steel.next())
    text = text_of(opened("progress"))
    assert "Round 1 was measured on no evaluation image. Now 30 have a label: the next round shows how good" in text
    assert "The first finished round" not in text


@pytest.mark.parametrize("name", ["=1+1", "@sum", "-crack"])
def test_no_class_name_is_a_formula_in_the_table_to_take_away(name: str):
    defect_class = SimpleNamespace(name=name)
    progress = SimpleNamespace(defect_class=defect_class, labels=1, share=1.0)
    table = _csv([Row(progress=progress, estimates=None)]).decode("utf-8-sig")
    assert table.splitlines()[1].startswith(f"'{name},1")
