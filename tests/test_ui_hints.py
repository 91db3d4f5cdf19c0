"""The guided first minute, and the help of every page."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from ui_pages import PAGES
from workspaces import filled, label

from vabal_core import workspace
from vabal_core.ui.app.help import HELPS, PICTURES
from vabal_core.ui.app.hints import LABEL, LEARN, RANKED, hint_for
from vabal_core.ui.app.navigation import MENU, PAGE_SHOWN


def opened(name: str) -> AppTest:
    page = AppTest.from_file(PAGES / f"{name}.py", default_timeout=20)
    page.session_state[PAGE_SHOWN] = name
    return page.run()


def hint_buttons(page: AppTest) -> list[str]:
    return [button.key for button in page.button if (button.key or "").startswith("hint_")]


def test_each_hint_has_its_moment():
    moments = [(0, 0), (3, 0), (60, 1)]
    assert [hint_for(labels, rankings, ()) for labels, rankings in moments] == [LABEL, LEARN, RANKED]
    assert hint_for(3, 0, {"learn"}) is None and hint_for(3, 0, {"label"}) == LEARN
    assert hint_for(50, 2, ()) is None, "what the first ranking is like is no news after the second"


def test_a_hint_of_the_demo_is_gone_once_it_is_put_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    demo = filled(tmp_path / "data", name=workspace.DEMO_NAME)
    page = opened("label")
    assert hint_buttons(page) == ["hint_label"]
    page.button(key="hint_label").click().run()
    assert hint_buttons(page) == []
    demo.record(label(demo.pool[0], demo.class_ids[0]))
    assert hint_buttons(page.run()) == ["hint_learn"]


def test_other_projects_have_no_hints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    filled(tmp_path / "data")
    assert hint_buttons(opened("label")) == []


def test_every_page_has_its_help_with_a_picture():
    assert set(HELPS) == set(MENU)
    for name, shown in HELPS.items():
        assert shown.steps and shown.picture in (PICTURES / f"{name}.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["label", "progress"])
def test_the_help_shows_steps_and_keys(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    filled(tmp_path / "data")
    page = AppTest.from_file(PAGES / f"{name}.py", default_timeout=20)
    page.session_state[PAGE_SHOWN] = name
    page.run()
    assert f"1. {HELPS[name].steps[0]}" in [text.value for text in page.markdown]
    bodies = " ".join(html.proto.body for html in page.get("html"))
    assert 'src="data:image/svg' in bodies and ('class="help-keys"' in bodies) == bool(HELPS[name].keys)
