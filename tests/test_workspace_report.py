"""The report of a project: what it says is true, it needs nothing else, and whatever people named stays text."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from project_states import project_in_state
from ui_projects import steel_project
from workspaces import ANN, label

from vabal_core import workspace
from vabal_core.export.html_report import html_report
from vabal_core.export.report import Report
from vabal_core.store.projects import merge_settings
from vabal_core.types import Project
from vabal_core.workspace.report import read_report

HOSTILE = "</title><script src=https://evil.example/x.js></script>\"'&{{ 7*7 }}"


class Page(HTMLParser):
    """The texts of an HTML file, its tags, and every address that a browser would ask for."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.attributes: list[str] = []
        self.texts: list[str] = []
        self.feed(content.decode())
        self.text = re.sub(r"\s+", " ", " ".join(self.texts))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "data", "action", "poster")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


@pytest.fixture
def much(ws: workspace.Workspace, tmp_path: Path) -> Project:
    return project_in_state(ws, tmp_path, "much")


def written(ws: workspace.Workspace, project: Project, **options: bool) -> Page:
    return Page(b"".join(workspace.export_report(ws, ANN, project.id, **options).pieces))


def test_what_it_says_is_counted(ws: workspace.Workspace, much: Project):
    text = written(ws, much).text
    counts = workspace.counts(ws, much.id)
    assert "The project holds 150 images, 120 to learn from and 30 for evaluation, and 3 classes." in text
    assert (
        f"{counts.pool_total} images to learn from and {counts.evaluation_total} for evaluation have a label." in text
    )
    # The confusion of the newest round is [[12, 2, 1], [4, 6, 2], [1, 0, 2]].
    assert "names 20 of 30 images for evaluation correctly: 66.7 % (48.8 % to 80.8 %)" in text
    assert "scratches 2 of 3 66.7 %" in text and "2 of 5 40.0 %" in text
    assert "Round 4, finished on" in text and "1 image marked unsure or flagged is not among them" in text
    assert "The images of this project are drawn by a program" in text


def test_what_is_left_is_said_of_the_rare_class_in_words(ws: workspace.Workspace, much: Project):
    text = written(ws, much).text
    scratches = workspace.project_estimates(ws, much.id).classes[2]
    assert scratches.left.value == 0
    left = f"at most {scratches.left.high} more are left"
    assert f"“scratches”: 20 images have a label, {left} among those without one" in text
    assert "Until 95 % of it are found, about" in text and "labelling at the pace so far" in text
    assert "16 of the 48 images labelled out of rankings are of a rare class (“scratches”)." in text
    random = scratches.would_need
    assert (
        f"“scratches”: 16 images among the first {scratches.brought_in} labelled out of rankings; for as many, about "
        f"{random.value}" in text
    )


def test_nothing_is_estimated_where_nothing_was_drawn_at_random(ws: workspace.Workspace, much: Project):
    merge_settings(ws.engine, much.id, {"evaluation_from": "stated"})
    text = written(ws, much).text
    assert "No image with a label was drawn at random" in text and "What chance would have brought is not known" in text
    assert "Estimated for all images" not in text and "more are left" not in text and "an estimated" not in text


def test_labels_are_counted_by_person_by_way_and_by_class(ws: workspace.Workspace, much: Project):
    report = read_report(ws, ANN, much.id)
    assert report.labels.people == (("ann", 90),)
    assert report.labels.choices == {
        "by the ranking: VaB-AL": 48,
        "set aside for evaluation": 30,
        "by no ranking: before the first one": 12,
    }
    assert sum(report.labels.days.values()) == 90
    of_class = {listed.name: sum(listed.labels.values()) for listed in report.classes}
    assert of_class == {"crazing": 55, "inclusion": 15, "scratches": 20}


def test_how_an_image_was_chosen_is_said_whoever_labelled_it(ws: workspace.Workspace, tmp_path: Path):
    project = steel_project(ws, tmp_path / "images", use="use")
    first = workspace.classes(ws, project.id)[0].id
    (left, *_), chosen = workspace.next_images(ws, project.id, "evaluation", count=3), {"chosen_by": "similar"}
    workspace.record(ws, ANN, project.id, [replace(label(left.image_id, first), **chosen)])
    choices = read_report(ws, ANN, project.id).labels.choices
    assert choices == {"brought along by an import": 12, "picked by a person for being like another image": 1}


def test_the_hash_is_that_of_the_exported_table(ws: workspace.Workspace, much: Project):
    table = b"".join(workspace.export_csv(ws, much.id))
    assert hashlib.sha256(table).hexdigest() in written(ws, much).text


def test_without_names_nobody_is_named(ws: workspace.Workspace, much: Project):
    pool = workspace.next_images(ws, much.id, "ranked", count=1)
    first = workspace.classes(ws, much.id)[0].id
    workspace.record(ws, workspace.person("Zoe Nilsson"), much.id, [label(pool[0].image_id, first)])
    named, unnamed = written(ws, much).text, written(ws, much, names=False).text
    assert "Zoe Nilsson 1" in named and "by ann" in named
    assert "Person 1 90" in unnamed and "Person 2 1" in unnamed and "Report made by left out" in unnamed
    assert "Nilsson" not in unnamed and not re.search(r"\bann\b", unnamed)


def test_it_asks_for_nothing_and_runs_nothing(ws: workspace.Workspace, much: Project):
    content = b"".join(workspace.export_report(ws, ANN, much.id).pieces)
    page = Page(content)
    assert page.addresses and all(address.startswith(("#", "data:image/webp;base64,")) for address in page.addresses)
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    assert "style" not in page.attributes and not [name for name in page.attributes if name.startswith("on")]
    assert not re.search(rb"url\(|@import", content)
    assert len(content) < 2_000_000


def test_the_browser_is_told_to_load_nothing_but_the_very_style(ws: workspace.Workspace, much: Project):
    content = b"".join(workspace.export_report(ws, ANN, much.id).pieces).decode()
    style = re.search(r"<style>(.*?)</style>", content, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', content)[1].replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; img-src data:;") and f"style-src 'sha256-{digest}'" in policy


def test_every_chart_says_what_it_shows_and_has_its_table(ws: workspace.Workspace, much: Project):
    page = written(ws, much)
    charts = page.tags.count("svg")
    assert charts == 3 == page.tags.count("desc")
    assert page.text.count("The table below has the numbers.") == 2 * charts  # in the chart, and below it


def test_names_of_every_kind_stay_text(ws: workspace.Workspace, much: Project):
    crazing, *_ = workspace.classes(ws, much.id)
    workspace.rename_class(ws, ANN, crazing.id, HOSTILE)
    workspace.set_note(ws, ANN, crazing.id, HOSTILE)
    workspace.rename_project(ws, ANN, much.id, HOSTILE)
    pool = workspace.next_images(ws, much.id, "ranked", count=1)
    workspace.record(ws, workspace.person(HOSTILE), much.id, [label(pool[0].image_id, crazing.id)])
    page = written(ws, much)
    assert "script" not in page.tags and page.tags.count("title") == 1 + page.tags.count("svg")
    assert page.text.count(HOSTILE) >= 6  # braces too: what people named is no template


def test_a_lone_half_of_a_character_does_not_stop_it(ws: workspace.Workspace, much: Project):
    report: Report = replace(read_report(ws, ANN, much.id), project="steel \udcff")
    assert "Report: steel ?" in Page(html_report(report)).text


@pytest.mark.parametrize("state", ["empty", "little"])
def test_what_is_missing_is_said(ws: workspace.Workspace, tmp_path: Path, state: str):
    text = written(ws, project_in_state(ws, tmp_path, state)).text
    assert "No round has been finished yet" in text and "No image has been labelled out of a ranking yet." in text
    assert ("No image has a label yet." in text) is (state == "empty")


def test_a_class_shows_its_pinned_pictures_first_and_its_note(ws: workspace.Workspace, tmp_path: Path):
    project = steel_project(ws, tmp_path / "images")
    crazing = workspace.classes(ws, project.id)[0]
    workspace.label_for_me(ws, ANN, project.id, 12)
    (chosen,) = workspace.image_ids_at(ws, project.id, ["p/9.png"])
    workspace.pin(ws, ANN, project.id, crazing.id, chosen, "example")
    workspace.set_note(ws, ANN, crazing.id, "fine cracks\nin a net")
    report = read_report(ws, ANN, project.id)
    shown = report.classes[0]
    assert [picture.pinned for picture in shown.pictures] == [True, False, False, False]
    expected = Image.open(workspace.image_file(ws, chosen)).convert("L").getpixel((0, 0))
    with Image.open(BytesIO(shown.pictures[0].data)) as picture:
        assert picture.format == "WEBP" and abs(picture.convert("L").getpixel((0, 0)) - expected) < 4
    assert "fine cracks in a net" in Page(html_report(report)).text


def test_a_picture_that_is_gone_is_left_out(ws: workspace.Workspace, tmp_path: Path):
    project = steel_project(ws, tmp_path / "images")
    workspace.label_for_me(ws, ANN, project.id, 12)
    for file in (tmp_path / "images").iterdir():
        file.unlink()
    assert [listed.pictures for listed in read_report(ws, ANN, project.id).classes] == [()] * 3
