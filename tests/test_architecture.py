"""Who may import whom, how large files and functions may be, and that README's tree names every file."""

import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))
from common.source_tree import arrows, functions, imports, module_of, python_files, room_of, tree  # noqa: E402

from vabal_core import workspace  # noqa: E402

FILES = python_files(ROOT)

# room -> the other rooms that it imports: these and no others, so that the table is the truth. Arrows point down only.
ARROWS = {
    "types": set(),
    "config": set(),
    "runtime": set(),
    "console": {"types"},
    "evidence": set(),
    "estimate": {"types", "evidence"},
    "images": {"types"},
    "model": {"types", "config", "runtime"},
    "query": {"types"},
    "store": {"types"},
    "export": {"types", "evidence", "estimate"},
    "loop": {"types", "config", "runtime", "evidence", "images", "model", "query"},
    "experiment": {"types", "config", "runtime", "evidence", "images", "model", "query", "loop"},
    "workspace": {
        "types",
        "config",
        "evidence",
        "estimate",
        "images",
        "query",
        "store",
        "export",
        "loop",
        "experiment",
    },
    "ui": {"types", "workspace"},
    "commands": {"types", "console", "workspace"},
    "pages": {"types", "workspace", "ui"},
    "app": {"ui"},
    "__main__": {"types", "config", "console", "commands", "experiment", "workspace", "ui"},
}
# Rooms that run on a bare machine with torch, torchvision, numpy, pandas and scipy: no page, no database, no plots.
BARE = {"types", "config", "runtime", "images", "model", "query", "evidence", "estimate", "loop", "experiment"}
FORBIDDEN_WHEN_BARE = {"streamlit", "sqlalchemy", "alembic", "plotly", "starlette", "typer"}


def name_of(file: Path) -> str:
    return module_of(ROOT, file)


def test_each_room_imports_what_the_table_says_and_nothing_else():
    assert {room: others for room, others in arrows(ROOT).items() if room != "vabal_core"} == ARROWS


def test_the_table_of_arrows_has_no_cycle():
    assert set(TopologicalSorter(ARROWS).static_order()) == set(ARROWS)


def test_readme_shows_the_tree_as_it_is():
    assert f"```\n{tree(ROOT)}\n" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_no_verb_of_the_workspace_hides_a_module_of_the_same_name():
    modules = {file.stem for file in (ROOT / "vabal_core" / "workspace").glob("*.py")}
    assert modules & set(workspace.__all__) == set()


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
def test_a_file_has_at_most_300_lines(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 300


def test_a_function_has_at_most_50_lines():
    assert [(function.file.name, function.name) for function in functions(ROOT) if function.lines > 50] == []
