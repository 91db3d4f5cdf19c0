"""Hostile files and requests, some hundreds of each kind: whether the Studio takes or refuses them in words.

Survived is what ends as a refusal in words or a plain answer, with nothing written outside the data folder; failed is
any other error, an answer of status 500, an open door. Files go through a whole import; requests through the Studio's
own routes behind its own middleware. Then images are fuzzed by atheris, guided by the coverage of the code that reads
them; a crash, or an error that is no refusal, is a failure.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from common import ROOT
from common.hostile_cases import Importer, Tally, tally
from common.hostile_files import corpus, files
from common.hostile_requests import Requests
from common.machine import print_table, save_result

from vabal_core import workspace

FUZZ_SECONDS, QUICK_SECONDS, CHUNK_SECONDS = 600, 3, 60


def fuzz(seconds: int, folder: Path) -> Tally:
    """One of the tally's cases is one run of the fuzzer, which goes on with what it has found in a new process every
    CHUNK_SECONDS: what its tracing keeps grows without end. `seconds` of it are the slowest run's."""
    folder.mkdir()
    corpus(folder)
    fuzzed = Tally(kind="images, fuzzed")
    for start in range(0, seconds, CHUNK_SECONDS):
        part = _fuzz_on(min(CHUNK_SECONDS, seconds - start), folder)
        fuzzed.tried += part.tried
        fuzzed.failed += part.failed
        fuzzed.failures += part.failures
        fuzzed.seconds = max(fuzzed.seconds, part.seconds)
    return fuzzed


def _fuzz_on(seconds: int, folder: Path) -> Tally:
    command = [sys.executable, ROOT / "benchmarks" / "common" / "fuzz_images.py", str(seconds), str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder.parent, env=environment)
    figures = dict(re.findall(r"stat::(\w+):\s+(\d+)", done.stderr))
    failures = [] if done.returncode == 0 else [done.stderr[-2000:]]
    return Tally(
        kind="",
        tried=int(figures.get("number_of_executed_units", 0)),
        failed=len(failures),
        failures=failures,
        seconds=float(figures.get("slowest_unit_time_sec", 0)),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="some hundred cases, seconds of fuzzing")
    parser.add_argument("--fuzz-seconds", type=int, default=FUZZ_SECONDS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["VABAL_DATA_DIR"] = str(folder / "data")
        ws = workspace.open_workspace(folder / "data")
        (folder / "sources").mkdir()
        project = workspace.create_project(ws, workspace.STUDIO, "Hostile")
        rows = tally(files(Importer(ws=ws, sources=folder / "sources"), options.quick))
        rows += tally(Requests(ws, project).cases(options.quick))
        rows.append(fuzz(QUICK_SECONDS if options.quick else options.fuzz_seconds, folder / "corpus"))
        ws.engine.dispose()
    print_table([{name: value for name, value in vars(row).items() if name != "failures"} for row in rows])
    for failure in (failure for row in rows for failure in row.failures):
        print(failure)
    totals: dict[str, Any] = {"tried": sum(row.tried for row in rows), "failed": sum(row.failed for row in rows)}
    save_result("hostile", {"rows": [vars(row) for row in rows], **totals}, options.quick)


if __name__ == "__main__":
    main()
