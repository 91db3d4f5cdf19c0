"""What the source says of itself: its rooms, who imports whom, how large its files and functions are, and its tree."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOMS = {
    "images": "SEE",
    "model": "LEARN",
    "query": "CHOOSE",
    "evidence": "MEASURE",
    "store": "REMEMBER",
    "export": "LEAVE",
    "loop": "ROUND",
    "workspace": "what a person can do, in verbs; pages, routes and the command line call nothing else",
    "ui": "SHOW",
}
INDENT = 2
COLUMN = 26  # where a line of the tree says what the file is for
LONGEST = 106  # characters of what it says


@dataclass(frozen=True, kw_only=True)
class Function:
    """A function or method and its length in lines, decorators left out."""

    name: str
    file: Path
    lines: int


def python_files(root: Path) -> list[Path]:
    """The application's Python files, migrations' versions included: entry, pages and core."""
    return [root / "app.py", *sorted((root / "pages").glob("*.py")), *sorted((root / "vabal_core").rglob("*.py"))]


def module_of(root: Path, file: Path) -> str:
    """The dotted name under which `file` is imported."""
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """The room a module lies in: "store" for vabal_core.store.labels, "pages" for a page."""
    parts = module.split(".")
    return parts[1] if parts[0] == "vabal_core" and len(parts) > 1 else parts[0]


def imports(file: Path, *, top_level: bool = False) -> set[str]:
    """Every module, or name in a module, that `file` imports. ValueError for a relative import."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    modules: set[str] = set()
    for node in tree.body if top_level else ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            raise ValueError(f"{file}:{node.lineno}: relative import; write the whole name")
        elif isinstance(node, ast.ImportFrom):
            modules |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return modules


def arrows(root: Path) -> dict[str, set[str]]:
    """room -> the other rooms that it imports."""
    imported: dict[str, set[str]] = {}
    for file in python_files(root):
        room = room_of(module_of(root, file))
        own = {module for module in imports(file) if module.startswith("vabal_core.")}
        imported.setdefault(room, set()).update({room_of(module) for module in own} - {room, "vabal_core"})
    return imported


def functions(root: Path) -> list[Function]:
    """Every function and method of the application."""
    return [
        Function(name=node.name, file=file, lines=(node.end_lineno or node.lineno) - node.lineno + 1)
        for file in python_files(root)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def tree(root: Path) -> str:
    """Pages and core as they lie on the disk, a line a file with the first sentence of its docstring."""
    lines = [_line(0, "app.py", summary(root / "app.py"))]
    lines += [_line(0, "pages/", "UI only: each page fetches its own workspace"), *_files(root / "pages", 1)]
    lines += ["vabal_core/", *_files(root / "vabal_core", 1, skip=("__main__.py",))]
    for room, what in ROOMS.items():
        lines += [_line(1, f"{room}/", what), *_folder(root / "vabal_core" / room, 2)]
    lines += [_line(1, "__main__.py", summary(root / "vabal_core" / "__main__.py"))]
    return "\n".join(lines)


def summary(file: Path) -> str:
    """The first sentence of a module's docstring; of a long one what stands before its first colon or comma."""
    text = " ".join((ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").split())
    sentence = re.split(r"(?<!Eq)(?<!Eqs)\. ", text)[0].rstrip(".")
    return sentence if len(sentence) <= LONGEST else re.split(r"[:,;] ", sentence)[0]


def _folder(folder: Path, depth: int) -> Iterator[str]:
    yield from _files(folder, depth)
    for inner in sorted(path for path in folder.iterdir() if path.is_dir() and path.name != "__pycache__"):
        if inner.name == "migrations":
            yield _line(depth, "migrations/", "the versions of the schema (Alembic)")
        elif scripts := sorted(path.name for path in inner.glob("*.js")):
            modules = summary(inner / "__init__.py") if (inner / "__init__.py").exists() else "what they share"
            yield _line(depth, f"{inner.name}/", f"{modules}: {', '.join(scripts)}")
            yield from _files(inner, depth + 1)
        else:
            yield _line(depth, f"{inner.name}/", "")
            yield from _folder(inner, depth + 1)


def _files(folder: Path, depth: int, skip: tuple[str, ...] = ()) -> Iterator[str]:
    for file in sorted(folder.glob("*.py")):
        if file.name != "__init__.py" and file.name not in skip:
            yield _line(depth, file.name, summary(file))


def _line(depth: int, name: str, what: str) -> str:
    return f"{' ' * INDENT * depth + name:{COLUMN}}{what}".rstrip()
