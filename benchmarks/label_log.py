"""A million label events through a network that loses, repeats and mixes up messages: the right labels come out.

Hypothesis chooses what three browsers do and which of their messages arrive, in which order, how often, and whether the
answer does. After each run of up to some thousand events the current labels and the kept counts are held against what
they should be, worked out apart from the Studio's own code. `events`: how many different ones arrived in all; `wrong`:
runs at whose end something else came out.
"""

import argparse
import tempfile
import time
from pathlib import Path

from common.label_messages import browsers
from common.machine import print_table, save_result
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from vabal_core import workspace

EVENTS, QUICK_EVENTS = 1_000_000, 500
IMAGES, BURST, STEPS = 2_000, 800, 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_EVENTS:,} events")
    parser.add_argument("--events", type=int, default=EVENTS)
    options = parser.parse_args()
    goal = QUICK_EVENTS if options.quick else options.events
    arrived: list[int] = []
    began, wrong, runs = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as temporary:
        ws = workspace.open_workspace(Path(temporary) / "data")
        machine = browsers(ws, IMAGES, BURST, arrived.append)
        while sum(arrived) < goal:
            runs += 1
            try:
                run_state_machine_as_test(machine, settings=_settings(4 if options.quick else 20))
            except AssertionError as error:
                wrong += 1
                print(error)
        ws.engine.dispose()
    row = {"events": sum(arrived), "runs": runs, "wrong": wrong, "seconds": round(time.monotonic() - began)}
    print_table([row])
    save_result("label_log", row, options.quick)


def _settings(examples: int) -> settings:
    """Other runs each time, also where hypothesis would repeat the same ones (as it does where CI is set); a failure
    is told as it was met, without looking for a smaller one."""
    return settings(
        max_examples=examples, stateful_step_count=STEPS, deadline=None, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck), derandomize=False,
    )  # fmt: skip


if __name__ == "__main__":
    main()
