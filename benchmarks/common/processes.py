"""What the processes of a browser benchmark use: processor time and memory."""

import psutil
from playwright.sync_api import Browser, Page

MIB = 2**20


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
    """MiB of the page's JavaScript objects after a full collection, and of its process as the system counts it.

    The tab's process is the largest renderer: the browser should have no other page open.
    """
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    whole = browser.new_browser_cdp_session()
    found = whole.send("SystemInfo.getProcessInfo")["processInfo"]
    whole.detach()
    renderers = [psutil.Process(one["id"]) for one in found if one["type"] == "renderer"]
    resident = max(process.memory_info().rss for process in renderers)
    return {"heap_mib": round(metrics["JSHeapUsedSize"] / MIB, 2), "resident_mib": round(resident / MIB, 1)}
