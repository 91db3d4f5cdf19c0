"""What the processes of a browser benchmark use of the processor."""

import psutil


def processor_seconds(server: int) -> dict[str, float]:
    """Processor seconds so far of the server (without the learner, its child) and of the browser."""
    family = psutil.Process().children(recursive=True)
    browser = [process for process in family if process.pid != server and "chrom" in process.name()]
    return {"server": _used([psutil.Process(server)]), "browser": _used(browser)}


def _used(processes: list[psutil.Process]) -> float:
    seconds = 0.0
    for process in processes:
        try:
            seconds += sum(process.cpu_times()[:2])
        except psutil.NoSuchProcess:  # one of the browser's helpers that ended just now
            continue
    return seconds
