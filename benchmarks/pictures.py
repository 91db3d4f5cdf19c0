"""The README's pictures, made by the Studio itself: its pages in real Chromium, and where the time of a round goes.

Starts a Studio on an empty folder, lets it make the demo project, labels with the hidden truth, runs two rounds, and
photographs every page. The figure of a round is drawn from results/story.json.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import plotly.graph_objects as go
from common import ROOT
from common.machine import RESULTS, keep
from playwright.sync_api import Browser, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from vabal_core import workspace

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
PATIENCE = 120_000  # milliseconds
PHASES = {
    "decode": "read images into the pixel cache (once)",
    "train": "train the classifier on the labels",
    "features": "read every image with it",
    "vae": "train the auto-encoder on the unlabelled images",
    "score": "rank by Bayes' rule",
    "evaluate": "measure on the evaluation images",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def studio(folder: Path) -> Iterator[str]:
    """A running Studio on `folder`; its address."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "VABAL_DATA_DIR": str(folder)}, stderr=log)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def settle(page: Page) -> None:
    app = page.locator("[data-testid=stApp]")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=PATIENCE)
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)
    page.wait_for_load_state("networkidle")


def learn(folder: Path, rounds: int) -> None:
    """Labels and rounds by the demo's hidden truth, 100 labels a round."""
    ws = workspace.open_workspace(folder)
    project = workspace.projects(ws)[0]
    for seed in range(rounds):
        workspace.label_for_me(ws, project.id, 100)
        for _ in workspace.run_round(ws, project.id, batch=100, seed=seed):
            pass
    workspace.label_for_me(ws, project.id, 30)


def photograph(browser: Browser, url: str, scheme: str) -> list[str]:
    made = []
    page = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme=scheme).new_page()
    for name in ("label", "rounds", "progress", "data"):
        page.goto(f"{url}/{name}")
        if name == "label":
            page.locator(".desk:not([data-image=''])").wait_for(timeout=PATIENCE)
        settle(page)
        file = RESULTS / f"{name}-{scheme}.png"
        page.screenshot(path=file, full_page=name == "progress")
        made.append(file.name)
    return made


def draw_round(browser: Browser, folder: Path) -> str:
    """Where the seconds of the first round of results/story.json went, as round.png in `folder`."""
    story = json.loads((RESULTS / "story.json").read_text(encoding="utf-8"))
    seconds = story["rows"][0]["seconds"]
    starts = [sum(list(seconds.values())[:i]) for i in range(len(seconds))]
    names = [f"<b>{phase}</b>: {PHASES[phase]}" for phase in seconds]
    bars = go.Bar(
        y=names, x=list(seconds.values()), base=starts, orientation="h", marker_color="#1f5fbf",
        text=[f"{value:.1f} s" for value in seconds.values()], textposition="outside", cliponaxis=False,
    )  # fmt: skip
    figure = go.Figure(bars)
    figure.update_layout(
        width=1000, height=320, margin={"l": 10, "r": 60, "t": 50, "b": 40}, template="plotly_white",
        title=f"One round on {story['rows'][0]['labels']} labels of neu-crops-64, {story['machine']['device']}",
        xaxis_title="seconds since the round began", yaxis={"autorange": "reversed", "automargin": True},
    )  # fmt: skip
    page = browser.new_page(viewport={"width": 1000, "height": 320})
    page.set_content(figure.to_html(include_plotlyjs=True, config={"displayModeBar": False}))
    page.wait_for_selector(".bartext")
    page.screenshot(path=folder / "round.png")
    return "round.png"


def main(quick: bool) -> None:
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright, studio(Path(name)) as url:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        for _ in range(100):  # until the server answers
            try:
                page.goto(url)
                break
            except PlaywrightError:
                time.sleep(0.2)
        page.locator(".desk:not([data-image=''])").wait_for(timeout=PATIENCE)
        learn(Path(name), 0 if quick else 2)
        made = [] if quick else [file for scheme in ("light", "dark") for file in photograph(browser, url, scheme)]
        made += [draw_round(browser, Path(name) if quick else RESULTS)]
        browser.close()
    keep("pictures", {"files": made, "seconds": round(time.perf_counter() - start, 1)}, quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the figure only, after a look whether the Studio starts")
    main(parser.parse_args().quick)
