"""What the processes of a browser benchmark use: processor time and memory."""

import psutil
from playwright.sync_api import Browser, Page

MIB = 2**20
SECONDS_TO_GIVE_BACK = 2


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


def tab_memory(browser: Browser, page: Page) -> dict[str, float]:
    """MiB of a tab: `resident`, its process as the system counts it, with the pictures that the browser keeps while
    memory is plenty; then `needed`, the same when the system has asked for memory back, and `heap`, its JavaScript
    objects after a full collection.

    The tab's process is the largest renderer: the browser should have no other page open.
    """
    found = {"resident_mib": _renderer(browser)}
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Memory.simulatePressureNotification", {"level": "critical"})
    page.wait_for_timeout(SECONDS_TO_GIVE_BACK * 1000)
    session.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return {**found, "needed_mib": _renderer(browser), "heap_mib": round(metrics["JSHeapUsedSize"] / MIB, 2)}


def _renderer(browser: Browser) -> float:
    session = browser.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    renderers = [psutil.Process(one["id"]) for one in found if one["type"] == "renderer"]
    return round(max(process.memory_info().rss for process in renderers) / MIB, 1)
