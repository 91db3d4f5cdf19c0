"""The Rounds page about a finished round: what it shows, what it warns of, and charts that any class name survives."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from ui_pages import opened, with_specialists
from workspaces import ANN, Filled, filled

from vabal_core import config as presets
from vabal_core import workspace
from vabal_core.store.projects import merge_settings
from vabal_core.store.round_events import append_event, append_processor_share
from vabal_core.store.rounds import start_round
from vabal_core.types import Progress
from vabal_core.ui.charts import rounds as figures
from vabal_core.ui.views.round_settings import PRESETS

METRICS: dict[str, Any] = {
    "labelled_counts": [4, 3, 2],
    "predicted_counts": [5, 4, 3],
    "confusion": [[2, 0, 0], [1, 1, 0], [0, 0, 2]],
    "ranked": 12,
    "agreement": 0.955,
    "draw_share": [0.5, 0.3, 0.2],
    "reliability": [0.9, 0.5, 0.8],
    "difficulty_counts": [5, 3, 1],
    "prior": [0.4, 0.4, 0.2],
    "vae_losses": [0.7, 0.6],
    "classifier_losses": [1.0, 0.5],
    "likelihood_histogram": {"edges": [-2.0, -1.0, 0.0], "counts": [[2, 3], [4, 0], [0, 3]]},
    "device": "CPU (2 threads)",
    "versions": {"python": "3.11.7", "torch": "2.14.1"},
    "seconds": {"train": 12.5, "vae": 3.0},
}
BAYES = ("reliability", "difficulty_counts", "prior", "likelihood_histogram")
WITHOUT_VABAL = ("agreement", "draw_share", "vae_losses", *BAYES)
LONG = "a very long name of a defect on the strip's"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Filled:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(workspace, "devices_so_far", lambda: "CPU (2 threads)")
    monkeypatch.setattr(workspace, "expected_duration", lambda *_: "about 1 minute on this computer")
    return filled(tmp_path / "data")


def titles(page: AppTest) -> list[str]:
    return [subheader.value for subheader in page.subheader]


def record(page: AppTest) -> dict[str, str]:
    frame = page.table[0].value
    return {title.replace("\\", ""): value.replace("\\", "") for title, value in frame.values.tolist()}


def test_before_the_first_round_there_is_nothing_to_look_at(project: Filled):
    assert titles(with_specialists()) == ["How the next round goes", "Rounds so far"]


def test_a_round_shows_its_numbers_charts_and_words(project: Filled):
    project.rank(project.next(), **METRICS)
    page = with_specialists()
    assert "VaB-AL's diagnosis of round 1" in titles(page)
    assert [(metric.label, metric.value) for metric in page.metric][:3] == [
        ("Agreement", "95.5 %"), ("Labels learned from", "0"), ("Images ranked", "12"),
    ]  # fmt: skip
    assert len(page.get("plotly_chart")) == 5
    assert not page.warning


def test_the_numbers_of_each_class_stand_in_a_table_with_their_counts(project: Filled):
    project.rank(project.next(), **METRICS)
    frame = with_specialists().dataframe[0].value
    assert frame["read_from"].tolist() == [5, 3, 1] and frame["predicted"].tolist() == [5, 4, 3]
    assert frame["reliability"].tolist() == [90, 50, 80]


def test_every_warning_of_the_round_is_on_the_page_with_names_as_they_are(project: Filled):
    workspace.rename_class(project.ws, ANN, project.class_ids[2], "*edge*")
    project.rank(project.next(), **METRICS | {"agreement": 0.55, "labelled_counts": [5, 4, 0]})
    low, without = [warning.value for warning in with_specialists().warning]
    assert "55 % of the 12 images" in low.replace("\\", "")
    assert r"“\*edge\*”" in without


def test_a_round_without_the_auto_encoder_shows_what_is_known_and_says_what_is_not(project: Filled):
    metrics = {key: value for key, value in METRICS.items() if key not in WITHOUT_VABAL}
    project.rank(project.next(), strategy="entropy", **metrics)
    page = with_specialists()
    assert "What is known of round 1" in titles(page)
    assert any("without VaB" in caption.value for caption in page.caption)
    assert "Reliability of each class" not in titles(page) and "How the auto-encoder learned" not in titles(page)
    assert {"How common each class is", "How the classifier learned"} <= set(titles(page))
    assert "Agreement" not in [metric.label for metric in page.metric]


def test_a_round_by_draws_shows_the_auto_encoder_and_no_term_that_it_did_not_read(project: Filled):
    metrics = {key: value for key, value in METRICS.items() if key not in BAYES}
    project.rank(project.next(), strategy="vabal_plus", **metrics)
    page = with_specialists()
    assert "VaB-AL's diagnosis of round 1" in titles(page)
    assert "Agreement" in [metric.label for metric in page.metric]
    assert {"How common each class is", "How the auto-encoder learned"} <= set(titles(page))
    assert not {"Reliability of each class", "How well the images fit their class"} & set(titles(page))
    frame = page.dataframe[0].value
    assert frame["draw_share"].tolist() == [50, 30, 20] and "reliability" not in frame and "prior" not in frame


@pytest.mark.parametrize(
    ("ratio", "words"),
    [(1.1234, "is at most 1.13 times as unlike them as with the best choice"), (1.0, "could do so better")],
)
def test_a_round_by_core_set_says_how_near_its_choice_comes_to_the_best_one(project: Filled, ratio: float, words: str):
    metrics = {key: value for key, value in METRICS.items() if key not in WITHOUT_VABAL}
    project.rank(project.next(), strategy="coreset", **metrics)
    assert not any("cover the pool" in caption.value for caption in with_specialists().caption)
    project.rank(project.next(), strategy="coreset", **metrics, certified_ratio=ratio)
    assert any(words in caption.value for caption in with_specialists().caption)


def test_a_round_that_kept_next_to_nothing_still_opens(project: Filled):
    project.rank(project.next(), labelled_counts=[1, 1, 0], confusion=[[0] * 3] * 3)
    assert "VaB-AL's diagnosis of round 1" in titles(with_specialists())


def default_words(page: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "info", "warning", "caption", "text", "html")
    values = [getattr(element, "value", "") or element.proto.body for kind in kinds for element in page.get(kind)]
    labels = [element.label for kind in ("button", "selectbox") for element in page.get(kind)]
    return " ".join([*map(str, values), *labels]).replace("\\", "")


def test_the_page_begins_with_what_everybody_needs_and_folds_the_rest_away(project: Filled):
    project.give(6, 6)
    project.rank(project.next(), **METRICS)
    page = opened("rounds")
    assert not page.button(key="start_round").disabled
    assert "Takes about 1 minute on this computer." in default_words(page)
    assert not page.get("plotly_chart") and not page.metric and not page.radio
    assert "auto-encoder" not in default_words(page) and "prior" not in default_words(page)


def test_a_finished_round_shows_its_first_images_and_offers_to_label_them(project: Filled):
    ranking = project.next(count=20)
    project.rank(ranking, **METRICS)
    page = opened("rounds")
    assert page.button(key="label_these").label == "Label these now"
    (pictures,) = [html.proto.body for html in page.get("html") if "first-images" in html.proto.body]
    assert pictures.count("<img") == 12
    shown = [f"/api/images/{image_id}/thumbnail" for image_id in ranking[:12]]
    assert [pictures.find(address) for address in shown] == sorted(pictures.find(address) for address in shown)
    assert "/thumbnail" in pictures and pictures.find(shown[0]) > 0


def test_a_name_of_a_class_is_no_markup_among_the_first_images(project: Filled):
    workspace.rename_class(project.ws, ANN, project.class_ids[0], "<b>edge</b>")
    project.rank(project.next(), **METRICS)
    (pictures,) = [html.proto.body for html in opened("rounds").get("html") if "first-images" in html.proto.body]
    assert "&lt;b&gt;edge" in pictures and "<b>" not in pictures


def test_stopping_a_round_says_what_goes_and_asks(project: Filled):
    settings = {"strategy": "vabal", "preset": "interactive", "batch": 5, "seed": 0, "config": {}, "labelled": 6}
    start_round(project.ws.engine, project.project_id, **settings, class_ids=project.class_ids, metrics={})
    page = opened("rounds")
    assert "there is no ranking yet" in default_words(page) and "Your labels are kept" in default_words(page)
    page.button(key="cancel_round").click().run()
    assert [round_.state for round_ in workspace.list_rounds(project.ws, project.project_id)] == ["cancelled"]


def test_an_earlier_round_can_be_looked_at(project: Filled):
    project.rank(project.next(), **METRICS)
    project.rank(project.next(), **METRICS | {"agreement": 0.875})
    page = with_specialists()
    assert page.metric[0].value == "87.5 %"
    page.selectbox(key=f"which-{project.project_id}").select(1).run()
    assert page.metric[0].value == "95.5 %"


def test_rounds_that_started_by_themselves_are_one_line_that_opens(project: Filled):
    project.rank(project.next(), **METRICS)
    for _ in range(3):
        project.rank(project.next(), **METRICS | {"trigger": "labels"})
    project.rank(project.next(), **METRICS | {"trigger": "person"})
    page = with_specialists()
    titles_of_groups = [box.label for box in page.expander if box.label.startswith("Rounds")]
    assert len(titles_of_groups) == 1
    assert titles_of_groups[0].startswith("Rounds 2–4, learned by itself while you labelled: 0 → 0 labels (")
    tables = [frame.value["Round"].tolist() for frame in page.dataframe if "Round" in frame.value]
    assert tables == [[5], [4, 3, 2], [1]]


def test_of_rounds_that_started_by_themselves_each_can_be_looked_at(project: Filled):
    project.rank(project.next(), **METRICS)
    for agreement in (0.875, 0.8, 0.9):
        project.rank(project.next(), **METRICS | {"trigger": "labels", "agreement": agreement})
    page = with_specialists()
    assert len(page.selectbox(key=f"which-{project.project_id}").options) == 2
    assert page.metric[0].value == "90.0 %", "the newest"
    page.selectbox(key=f"which_of_2-{project.project_id}").select(2).run()
    assert page.metric[0].value == "87.5 %"
    project.rank(project.next(), **METRICS | {"trigger": "labels", "agreement": 0.95})
    page.run()
    assert page.metric[0].value == "87.5 %", "a new one does not change what is looked at"


def test_a_round_may_start_by_itself_after_every_label(project: Filled):
    page = with_specialists()
    every = page.selectbox(key=f"auto_every-{project.project_id}")
    assert every.options[:4] == ["Never", "After every label", "After every 10 new labels", "After every 25 new labels"]
    every.select(1).run()
    assert workspace.find_project(project.ws, "Steel").settings["auto_every"] == 1


def test_each_way_to_learn_says_what_it_is_and_how_long_it_takes(project: Filled):
    captions = with_specialists().radio(key=f"preset-{project.project_id}").proto.captions
    assert captions[0] == "Learns in seconds from pretrained features. About 1 minute on this computer."
    assert len(captions) == len(PRESETS)


def test_how_the_round_was_made_can_be_read(project: Filled):
    project.rank(project.next(), **METRICS)
    shown = record(with_specialists())
    assert shown["Seed"].startswith("0 ")
    assert shown["Computed on"] == "CPU (2 threads)"
    assert shown["Versions"] == "python 3.11.7, torch 2.14.1"
    assert shown["Settings"] == "as in Quick, none changed"
    assert "Learning from the labels 12 s" in shown["Time"]


def captions(page: AppTest) -> str:
    return " ".join(caption.value.replace("\\", "") for caption in page.caption)


def test_a_round_that_starves_says_so_and_one_that_fetches_weights_says_that(project: Filled):
    settings = {"strategy": "vabal", "preset": "interactive", "batch": 5, "seed": 0, "config": {}, "labelled": 6}
    engine = project.ws.engine
    started = start_round(engine, project.project_id, **settings, class_ids=project.class_ids, metrics={})
    append_event(engine, started.id, Progress("train", message="Loading the published weights."))
    append_processor_share(engine, started.id, 0.8)
    at_first = captions(with_specialists())
    assert "Loading the published weights." in at_first and "Waiting for the processor" not in at_first
    append_processor_share(engine, started.id, 0.04)
    assert "Waiting for the processor: the round lately got 4 % of the time" in captions(with_specialists())


def test_settings_of_another_version_do_not_keep_the_page_from_opening(project: Filled):
    merge_settings(project.ws.engine, project.project_id, {"strategy": "core_set", "preset": "overnight"})
    page = with_specialists()
    strategy, preset = (warning.value.replace("\\", "") for warning in page.warning)
    assert "strategy, “core_set”, is not known to this version: “VaB-AL plus” is chosen" in strategy
    assert "preset, “overnight”, is not known to this version: “Quick” is chosen" in preset
    assert page.selectbox(key=f"strategy-{project.project_id}").value == "vabal_plus"
    assert page.radio(key=f"preset-{project.project_id}").value == "interactive"


def test_the_default_is_named_as_such_with_what_it_goes_by_and_where_to_compare(project: Filled):
    page, default = with_specialists(), workspace.DEFAULT_SETTINGS["strategy"]
    box = page.selectbox(key=f"strategy-{project.project_id}").set_value(default).run()
    words = f"This is the default: images are chosen {workspace.find_strategy(default).reason}."
    assert words in captions(page) and "See how the choices compare" in [link.label for link in page.get("page_link")]
    box.selectbox(key=f"strategy-{project.project_id}").set_value("random").run()
    assert "This is the default" not in captions(page)


def test_a_combination_that_is_not_offered_stays_chosen_and_is_named(project: Filled):
    merge_settings(project.ws.engine, project.project_id, {"strategy": "balanced(entropy)"})
    page = with_specialists()
    assert not page.warning
    assert page.selectbox(key=f"strategy-{project.project_id}").value == "balanced(entropy)"
    assert "the class with the fewest labels first" in captions(page)


def test_to_the_letter_of_the_paper_says_which_choice_of_images_goes_with_it(project: Filled):
    page = with_specialists()
    page.radio(key=f"preset-{project.project_id}").set_value("published").run()
    assert any("The paper itself chooses by VaB-AL as printed" in caption.value for caption in page.caption)
    page.selectbox(key=f"strategy-{project.project_id}").set_value("vabal_posterior").run()
    assert not any("The paper itself" in caption.value for caption in page.caption)


def test_every_preset_has_a_name_on_the_page():
    assert set(PRESETS) == set(presets.PRESETS)


def classes(*names: str) -> pd.DataFrame:
    n = len(names)
    share = [1 / n] * n
    return pd.DataFrame(
        {
            "name": names, "labelled": [4.0] * n, "label_share": share, "prior": share, "predicted": [9.0] * n,
            "predicted_share": share, "reliability": [0.5] * n, "read_from": [7.0] * n,
        }
    )  # fmt: skip


def bins(*names: str) -> pd.DataFrame:
    rows = [(name, left, left + 1.0, int(left) + 3) for name in names for left in (-2.0, -1.0)]
    return pd.DataFrame(rows, columns=["name", "left", "right", "count"])


def figures_of(*names: str) -> list[Any]:
    return [figures.reliability(classes(*names)), figures.commonness(classes(*names)), figures.likelihood(bins(*names))]


def test_names_in_the_charts_are_no_markup():
    assert [figure.layout.yaxis.ticktext for figure in figures_of("<b>x</b>", "2")] == [
        ("&lt;b&gt;x&lt;/b&gt; (7)", "2 (7)"),
        ("&lt;b&gt;x&lt;/b&gt; (4)", "2 (4)"),
        ("&lt;b&gt;x&lt;/b&gt; (3)", "2 (3)"),
    ]


def test_long_names_that_begin_alike_are_shortened_and_stay_rows_of_their_own():
    for figure in figures_of(f"{LONG} left", f"{LONG} right"):
        texts = figure.layout.yaxis.ticktext
        assert len(texts) == 2 and all("…" in text and len(text) < 30 for text in texts)
        assert figure.layout.yaxis.tickvals == (0, 1)


def test_a_chart_grows_with_its_classes():
    for few, many in zip(figures_of("a", "b", "c", "d"), figures_of(*"abcdefghijkl"), strict=True):
        assert many.layout.height - few.layout.height >= 8 * figures.ROW


def test_each_class_is_as_high_as_its_highest_bar_and_stays_within_its_row():
    bars = figures.likelihood(bins("a", "b")).data[0]
    assert list(bars.y) == pytest.approx([-0.425, -0.85] * 2)
    assert list(bars.base) == pytest.approx([0.4, 0.4, 1.4, 1.4])


def test_a_class_nobody_is_taken_for_has_an_empty_row():
    frame = bins("a", "b")
    frame.loc[frame["name"] == "b", "count"] = 0
    figure = figures.likelihood(frame)
    assert figure.layout.yaxis.ticktext[1] == "b (0)"
    assert list(figure.data[0].y)[2:] == [0, 0]


def test_a_reliability_no_image_stands_behind_is_pale_and_says_so():
    frame = classes("a", "b").assign(read_from=[7.0, 0.0])
    bar = figures.reliability(frame).data[0]
    assert bar.marker.opacity == (1, 0.35) and bar.error_x.array is None, "shrunk: no sample, no interval"
    assert [row[1] for row in bar.customdata] == ["from 7 labelled images", "from no image: the average of all classes"]
