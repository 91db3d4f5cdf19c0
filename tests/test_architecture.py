"""Who may import whom, held by a test: the table of the README's architecture section."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py")), *sorted((ROOT / "vabal_core").rglob("*.py"))]

NOUNS = {"types", "config", "runtime"}
# room -> the rooms it may import beside itself. Arrows point down only.
MAY_IMPORT = {
    "types": set(),
    "config": set(),
    "runtime": set(),
    "evidence": {"types"},
    "images": {"types"},
    "model": NOUNS,
    "query": {"types", "config"},
    "store": {"types"},
    "export": {"types"},
    "loop": NOUNS | {"evidence", "images", "model", "query"},
    "workspace": {"types", "config"} | {"evidence", "images", "query", "store", "export", "loop"},
    "ui": {"types", "query", "images", "evidence", "workspace"},
    "pages": {"types", "query", "images", "workspace", "ui"},
    "app": {"ui"},
    "__main__": {"types", "query", "images", "workspace", "config"},
}
# Rooms that run on a bare machine with torch, torchvision, numpy, pandas and scipy: no page, no database, no plots.
BARE = {"types", "config", "runtime", "images", "model", "query", "evidence", "loop"}
FORBIDDEN_WHEN_BARE = {"streamlit", "sqlalchemy", "alembic", "plotly", "starlette", "typer"}


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if parts[0] == "vabal_core" and len(parts) > 1 else parts[0]


def name_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(file: Path, *, top_level: bool = False) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = set()
    for node in tree.body if top_level else ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.ImportFrom):
            raise AssertionError(f"{file}:{node.lineno}: relative import; write the whole name")
    return found


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_room_imports_only_what_lies_below_it(file):
    room = room_of(name_of(file))
    own = {module for module in imports(file) if module.startswith("vabal_core.")}
    rooms = {room_of(module) for module in own} - {room}
    assert rooms <= MAY_IMPORT.get(room, set()), f"{room} may not import {rooms - MAY_IMPORT.get(room, set())}"


@pytest.mark.parametrize("file", [f for f in FILES if room_of(name_of(f)) in BARE], ids=name_of)
def test_the_learning_rooms_run_on_a_bare_machine(file):
    assert not {module.split(".")[0] for module in imports(file)} & FORBIDDEN_WHEN_BARE


@pytest.mark.parametrize("file", [f for f in FILES if room_of(name_of(f)) == "query"], ids=name_of)
def test_query_never_sees_a_network(file):
    assert not {module.split(".")[0] for module in imports(file)} & {"torch", "torchvision"}


def test_no_import_cycle_exists():
    modules = {name_of(file): file for file in FILES}
    graph = {
        name: {m for m in imports(file, top_level=True) if m in modules} - {name} for name, file in modules.items()
    }
    # A package is loaded before its modules, so its own __init__ re-exporting them is no cycle of rooms.
    for package in [name for name, file in modules.items() if file.name == "__init__.py"]:
        graph[package] = {m for m in graph[package] if not m.startswith(package + ".")}
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError, naming the cycle
    assert set(order) == set(modules)


def test_the_server_and_the_command_line_never_load_torch():
    code = "import sys, vabal_core.__main__, vabal_core.workspace, vabal_core.ui.api; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_files_and_functions_stay_small(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 300
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [f.name for f in functions if f.end_lineno - f.lineno >= 50] == []
