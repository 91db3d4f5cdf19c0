"""Every benchmark runs to its end in its quick form, and its last line is one JSON object."""

import json
import os
from pathlib import Path

import pytest
from warm_scripts import run_script

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted((ROOT / "benchmarks").glob("*.py"))
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_benchmark_runs_quickly_and_leaves_the_kept_results_alone(script: Path, tmp_path: Path):
    if script.stem == "pictures" and not Path(CHROMIUM).exists() and not os.environ.get("CI"):
        pytest.skip(f"{CHROMIUM} is missing")
    kept = ROOT / "benchmarks" / "results" / f"{script.stem}.json"
    before = kept.read_bytes() if kept.exists() else None
    done = run_script(script, "--quick", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    if "skipped" in result:
        pytest.skip(result["skipped"])
    assert (result["benchmark"], result["quick"]) == (script.stem, True)
    assert result["machine"]["cores"] >= 1
    assert (kept.read_bytes() if kept.exists() else None) == before
