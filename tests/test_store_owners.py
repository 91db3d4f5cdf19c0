"""Each table belongs to one module of the store: whoever wants to know who writes it looks in one place."""

import ast
from collections import defaultdict
from pathlib import Path

from vabal_core import store
from vabal_core.store import change_tables, people_tables, second_look_tables, tables

MODULES = sorted(Path(store.__file__).parent.glob("*.py"))
SHARED = {"image", "label_event"}  # what everything is about: most queries join one of them


def named_tables(file: Path) -> set[str]:
    """The names that a module takes out of the schema. AssertionError where it takes a module of it whole."""
    modules = (tables, people_tables, change_tables, second_look_tables)
    names, schema = set(), {module.__name__ for module in modules}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module in schema:
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            room = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            whole = {f"{room}{alias.name}" for alias in node.names} & schema
            assert not whole, f"{file.name}: import the tables by name, so that their owner can be seen"
    return names


def test_each_table_is_named_by_one_module() -> None:
    owners: dict[str, list[str]] = defaultdict(list)
    for file in MODULES:
        for name in named_tables(file):
            owners[name].append(file.stem)
    named = vars(tables) | vars(people_tables) | vars(change_tables) | vars(second_look_tables)
    name_of = {table: name for name, table in named.items() if table in tables.metadata.tables.values()}
    assert {name: owners[name] for name in set(name_of.values()) - SHARED if len(owners[name]) != 1} == {}
    assert set(name_of.values()) <= set(owners), "a table that nobody reads or writes"


def test_no_other_room_names_a_table() -> None:
    elsewhere = [file for file in Path(store.__file__).parents[1].rglob("*.py") if "store" not in file.parts]
    assert {file.name: named_tables(file) for file in elsewhere if named_tables(file)} == {}
