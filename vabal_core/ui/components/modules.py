"""The components' JavaScript: ES modules, which the server joins to one file a component when it starts.

A browser that has never been here would take 80 to 110 ms longer to fetch a desk's 27 modules than to fetch one file,
of some 1,260 ms until the first image (measured on localhost; naming them beforehand saved 20 of these).
"""

import re
from collections.abc import Mapping
from graphlib import TopologicalSorter
from hashlib import sha256
from pathlib import Path
from posixpath import dirname, join, normpath

FOLDER = Path(__file__).parent
COMPONENTS = ("desk", "grid", "confusion", "drop")
ADDRESS = "/api/components"
MAX_PAUSE_MS = 16_000  # before the last attempt to load a component

# The forms in which a module may import and export.
IMPORT = re.compile(r'^import (\{[^}]*\}) from "(\.[^"]*)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
EXPORT_DEFAULT = re.compile(r"^export default ", re.MULTILINE)
OTHER_FORM = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def read_modules(folder: Path = FOLDER) -> dict[str, str]:
    """path below `folder` -> text of every JavaScript file in it."""
    return {file.relative_to(folder).as_posix(): file.read_text("utf-8") for file in sorted(folder.rglob("*.js"))}


def imports_of(path: str, modules: Mapping[str, str]) -> list[str]:
    """The paths of the modules that the one at `path` imports."""
    return [normpath(join(dirname(path), address)) for _, address in IMPORT.findall(modules[path])]


def imported_by(main: str, modules: Mapping[str, str]) -> list[str]:
    """`main` and all that it imports, they import, and so on, each after what it imports. KeyError where a module does
    not exist, CycleError where two import each other."""
    graph: dict[str, list[str]] = {}
    waiting = [main]
    while waiting:
        path = waiting.pop()
        if path not in graph:
            graph[path] = imports_of(path, modules)
            waiting += graph[path]
    return list(TopologicalSorter(graph).static_order())


def join_modules(main: str, modules: Mapping[str, str]) -> str:
    """One module that does what `main` does with all that it imports, and has the same default export."""
    parts = [_enclosed(path, modules) for path in imported_by(main, modules)]
    return "\n".join(["const modules = {};", *parts, f'export default modules["{main}"].default;', ""])


def _enclosed(path: str, modules: Mapping[str, str]) -> str:
    """The module as a function of its own, so that its names are seen where they are imported, and nowhere else."""
    text = modules[path]
    names = [*EXPORT.findall(text), *(["default: main"] if EXPORT_DEFAULT.search(text) else [])]
    text = IMPORT.sub(lambda match: f'const {match[1]} = modules["{normpath(join(dirname(path), match[2]))}"];', text)
    text = EXPORT_DEFAULT.sub("const main = ", EXPORT.sub("", text))
    if other := OTHER_FORM.search(text):
        raise ValueError(f"{path}: {other[0]!r} is none of the forms in which a module may import and export")
    return f'modules["{path}"] = (() => {{\n{text}\nreturn {{ {", ".join(names)} }};\n}})();'


# Made once, when the server starts: what is served always belongs to the version in its address.
FILES = {f"{name}.js": join_modules(f"{name}/main.js", read_modules()) for name in COMPONENTS}
VERSION = sha256(repr(FILES).encode()).hexdigest()[:16]


def component_script(name: str) -> str:
    """What Streamlit runs for the component `name`: its default export is that of the component's `main.js`.

    Streamlit runs a script from a blob: address, which has no path to import from, so the address is completed in the
    browser. A file that does not arrive is asked for again: Streamlit would show an error until the page is reloaded.
    """
    return f"""\
async function load(pause = 500) {{
  try {{
    return await import(new URL("{ADDRESS}/{VERSION}/{name}.js", document.baseURI).href);
  }} catch (error) {{
    if (pause > {MAX_PAUSE_MS}) throw error;
    await new Promise((resolve) => setTimeout(resolve, pause));
    return load(2 * pause);
  }}
}}

export default (await load()).default;
"""
