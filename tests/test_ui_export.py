"""What is taken away from the Data page: the table that most want, and every other by choice."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest
from ui_pages import PAGES
from ui_projects import steel_project
from workspaces import ANN

from vabal_core import workspace
from vabal_core.types import Project
from vabal_core.ui.app.studio import studio


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    project = steel_project(studio(), tmp_path / "images")
    workspace.label_for_me(studio(), ANN, project.id, 4)
    return project


def with_menu(project: Project) -> AppTest:
    page = AppTest.from_file(PAGES / "data.py", default_timeout=20)
    page.session_state[f"export-{project.id}"] = True
    page.run()
    assert not page.exception
    return page


def addresses(page: AppTest) -> list[dict[str, list[str]]]:
    html = " ".join(element.proto.body for element in page.get("html"))
    return [
        parse_qs(urlsplit(unescape(url)).query)
        for url in re.findall(r'class="download" href="(/api/exports[^"]+)"', html)
    ]


def test_the_first_download_opens_right_in_excel(project: Project):
    first, *_ = addresses(with_menu(project))
    assert first["excel"] == ["1"] and first["format"] == ["csv"]


def test_format_set_class_and_person_are_chosen(project: Project):
    page, key = with_menu(project), f"-{project.id}"
    (somebody,) = workspace.annotators(studio(), project.id)
    page.selectbox(key=f"export_format{key}").set_value("Images with COCO annotations (ZIP)")
    page.selectbox(key=f"export_split{key}").set_value("To learn from")
    page.multiselect(key=f"export_classes{key}").set_value(["inclusion"])
    page.multiselect(key=f"export_people{key}").set_value([somebody]).run()
    (chosen,) = addresses(page)[1:]
    ids = {defect_class.name: defect_class.id for defect_class in workspace.classes(studio(), project.id)}
    assert chosen["format"] == ["coco"] and chosen["split"] == ["pool"]
    assert chosen["class"] == [str(ids["inclusion"])] and chosen["by"] == [somebody]
    assert "excel" not in chosen


def test_only_tables_are_offered_of_what_has_no_label(project: Project):
    page = with_menu(project)
    page.selectbox(key=f"export_content-{project.id}").set_value("Flagged and unsure images, with comments").run()
    assert all("ZIP" not in option for option in page.selectbox(key=f"export_format-{project.id}").options)
    assert f"export_classes-{project.id}" not in [field.key for field in page.multiselect]


@pytest.mark.parametrize("name", ["data", "progress"])
def test_the_report_is_one_click_away_with_names_unless_they_are_not_wanted(project: Project, name: str):
    page = AppTest.from_file(PAGES / f"{name}.py", default_timeout=20).run()
    assert not page.exception

    def names_in_report() -> str:
        html = " ".join(element.proto.body for element in page.get("html"))
        (url,) = re.findall(r'href="(/api/reports/[^"]+)"', html)
        return parse_qs(urlsplit(unescape(url)).query)["names"][0]

    assert names_in_report() == "1"
    page.checkbox(key=f"report_names-{project.id}").uncheck().run()
    assert names_in_report() == "0"
