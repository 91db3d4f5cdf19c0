"""Pages run without a browser, for the tests of what they show."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

PAGES = Path(__file__).parents[1] / "pages"


def opened(name: str, **query: str) -> AppTest:
    page = AppTest.from_file(PAGES / f"{name}.py", default_timeout=20)
    for key, value in query.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def sentence(page: AppTest) -> str:
    """What the strip at the top of the page says."""
    (strip,) = [html.proto.body for html in page.get("html") if 'class="sentence"' in html.proto.body]
    return unescape(re.search(r'class="sentence">(.*?)</p>', strip)[1])


def with_specialists(**query: str) -> AppTest:
    """The Rounds page with what it folds away for specialists, which is there only when it is opened."""
    page = AppTest.from_file(PAGES / "rounds.py", default_timeout=20)
    page.session_state["specialists"] = True
    for key, value in query.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def with_class_menu() -> AppTest:
    """The Label page with its Classes menu open, whose fields are there only then."""
    page = AppTest.from_file(PAGES / "label.py", default_timeout=20)
    page.session_state["edit_classes"] = True
    page.run()
    assert not page.exception
    return page


def sheet(page: AppTest) -> dict[str, Any]:
    """What the page hands to its grid."""
    protos = [component.proto for component in page.get("bidi_component")]
    (grid,) = [proto for proto in protos if proto.component_name == "vabal_image_grid"]
    return json.loads(grid.json)
