"""A process that plays runs: `python -m vabal_core.experiment.worker SETTINGS`, its events as JSON lines.

SETTINGS is a JSON object: `out`, `features`, `images` (folders), `number` (of this process, from 0), `threads`, and
`give_way`: whether everything else on the machine goes before it.
"""

import json
import os
import sys
import threading
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from vabal_core.loop.output import claim_standard_output, write_event
from vabal_core.loop.priority import LAST, set_priority


def main(settings: dict[str, Any]) -> int:
    """Exit status 1 where the images could not be made ready; what fails of a run stands in its file."""
    events = claim_standard_output()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from vabal_core.experiment.folders import Folders  # only now: torch and what it brings along may print
    from vabal_core.experiment.processes import READY
    from vabal_core.experiment.work import work
    from vabal_core.loop.worker import FAILURES

    places = Folders(**{name: Path(settings[name]) for name in ("out", "features", "images")})
    _choose_device(settings["number"])
    if settings["give_way"]:  # only now: what is imported at that priority may take minutes beside other work
        set_priority(os.getpid(), LAST)
    try:
        for event in work(places):
            write_event(events, asdict(replace(event, metrics=dict(event.metrics))))
            if event.phase == READY:
                _share_processor(settings["threads"])
    except FAILURES as error:
        write_event(events, {"error": f"{error}" or type(error).__name__})
        return 1
    return 0


def _end_with_parent() -> None:
    """The parent holds standard input open: its end means that the parent is gone."""
    while os.read(0, 4096):
        pass
    os._exit(3)


def _choose_device(number: int) -> None:
    """Where there are several GPUs, each process computes on one of them."""
    import torch

    if count := torch.cuda.device_count():
        torch.cuda.set_device(number % count)


def _share_processor(threads: int) -> None:
    """No more threads than are this process's part, from now on: reading the images was its own.

    A library that its environment (OMP_NUM_THREADS) has given fewer keeps these.
    """
    import torch
    from threadpoolctl import threadpool_info, threadpool_limits

    torch.set_num_threads(min(threads, torch.get_num_threads()))
    threadpool_limits({pool["prefix"]: min(threads, pool["num_threads"]) for pool in threadpool_info()})


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
