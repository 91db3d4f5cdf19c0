"""The components' JavaScript over HTTP: one file a component, under an address whose content never changes."""

from graphlib import CycleError

import pytest
from starlette.testclient import TestClient

from vabal_core.ui.components.modules import (
    ADDRESS,
    COMPONENTS,
    FILES,
    VERSION,
    component_script,
    imported_by,
    join_modules,
    read_modules,
)


@pytest.mark.parametrize("name", FILES)
def test_each_component_is_served_for_ever(client: TestClient, name: str):
    answer = client.get(f"{ADDRESS}/{VERSION}/{name}")
    assert answer.text == FILES[name]
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["desk", "desk/main.js", "modules.py", "../modules.py", "", "%2Fetc%2Fpasswd"])
def test_nothing_else_is_served(client: TestClient, path: str):
    assert client.get(f"{ADDRESS}/{VERSION}/{path}").status_code in (400, 404)


def test_another_version_is_not_this_one(client: TestClient):
    assert client.get(f"{ADDRESS}/{'0' * 16}/desk.js").status_code == 404


@pytest.mark.parametrize("name", COMPONENTS)
def test_what_streamlit_runs_names_the_file_of_this_version(name: str):
    assert f'"{ADDRESS}/{VERSION}/{name}.js"' in component_script(name)


def test_every_module_belongs_to_a_component_and_no_component_imports_another():
    modules = read_modules()
    imported = {name: imported_by(f"{name}/main.js", modules) for name in COMPONENTS}
    assert {path for paths in imported.values() for path in paths} == set(modules)
    for name, paths in imported.items():
        assert {path.split("/")[0] for path in paths} <= {name, "shared"}


def test_imports_are_followed_to_their_end_and_stand_before_their_importers():
    modules = {
        "a/main.js": 'import { b } from "./b.js";\nimport {\n  c,\n  d,\n} from "../shared/c.js";\n',
        "a/b.js": 'import { c } from "../shared/c.js";\n',
        "shared/c.js": 'const text = "import nothing from ./x.js";\n',
    }
    assert imported_by("a/main.js", modules) == ["shared/c.js", "a/b.js", "a/main.js"]


def test_modules_that_import_each_other_are_refused():
    with pytest.raises(CycleError):
        join_modules("a.js", {"a.js": 'import { b } from "./b.js";', "b.js": 'import { a } from "./a.js";'})


@pytest.mark.parametrize(
    "line", ['import * as b from "./b.js";', 'import b from "./b.js";', "export let a = 1;", "export { a };"]
)
def test_a_form_that_cannot_be_joined_is_refused(line: str):
    with pytest.raises(ValueError, match="none of the forms"):
        join_modules("a.js", {"a.js": line, "b.js": ""})
