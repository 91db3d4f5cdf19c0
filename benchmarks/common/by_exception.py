"""One by one against label by exception, by a simulated person in a real browser, on real images of steel.

The person is a model, and its numbers are assumptions that stand in the result: how long a look takes, how often a
wrong key is pressed, how long a tile of a page of one class is looked at, how many wrong ones are noticed there. What
the Studio takes from press to press is measured; the person's own seconds are added to it. Errors are held against the
true classes, which the labels stored in the database are compared with.
"""

import random
import time
from dataclasses import asdict, dataclass
from typing import Any

from playwright.sync_api import Page, expect

from common.bench import Bench
from common.neu_crops import NEU_CROPS, drain
from common.studio import PATIENCE
from vabal_core import workspace
from vabal_core.types import Project

LEARNED = 200  # labels that the ranking has learned from
LONGEST = 1000 * PATIENCE  # milliseconds


@dataclass(frozen=True, kw_only=True)
class Person:
    """Seconds of a person's own, and shares of mistakes."""

    look: float  # seconds from seeing one image to its key
    slip: float  # share of single images that get a wrong key
    glance: float  # seconds for one tile of a page of one class
    miss: float  # share of the wrong tiles that are not noticed
    strike: float  # seconds to strike one tile out
    false_alarm: float  # share of the right tiles that are struck out


PEOPLE = {
    "careful": Person(look=1.2, slip=0.01, glance=0.4, miss=0.1, strike=0.8, false_alarm=0.005),
    "hasty": Person(look=0.8, slip=0.03, glance=0.15, miss=0.3, strike=0.6, false_alarm=0.01),
}


@dataclass(kw_only=True)
class Tally:
    """What came of one way of labelling."""

    own_seconds: float = 0.0
    studio_seconds: float = 0.0
    struck: int = 0
    pages: int = 0


def compare(bench: Bench, most: int) -> dict[str, Any]:
    """Both ways, by each person, out of one ranking: labels a minute and the share of wrong labels. `most` images each
    way: one by one those that the ranking brings first, by exception those that the model is sure of."""
    if not NEU_CROPS.exists():
        return {"skipped": f"{NEU_CROPS.name} is not in {NEU_CROPS.parent}"}
    row: dict[str, Any] = {"learned": LEARNED, "people": {name: asdict(person) for name, person in PEOPLE.items()}}
    project = ranked_project(bench, "crops")
    for name, person in PEOPLE.items():
        for way, label in (("one_by_one", one_by_one), ("by_exception", by_exception)):
            before = set(labels_of(bench, project))
            page = bench.browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            page.set_default_timeout(LONGEST)
            tally = label(bench, project, page, person, most)
            row |= figures(f"{name}_{way}", tally, labels_of(bench, project), before, truth_of(bench, project))
            page.context.close()
    return row


def ranked_project(bench: Bench, name: str) -> Project:
    """The crops with hidden labels, read, LEARNED of them labelled rightly and the rest ranked."""
    ws = bench.ws
    plan = drain(workspace.prepare_import(ws, name, NEU_CROPS, labels="hide"))
    drain(workspace.commit_import(ws, workspace.STUDIO, name, plan))
    project = workspace.find_project(ws, name)
    workspace.update_settings(ws, workspace.STUDIO, project.id, auto_every=0)
    drain(workspace.read_features(ws, workspace.STUDIO, project.id))
    workspace.label_at_random(ws, workspace.STUDIO, project.id, LEARNED, seed=0)
    drain(workspace.run_round(ws, workspace.STUDIO, project.id, strategy="margin_novel"))
    return project


def one_by_one(bench: Bench, project: Project, page: Page, person: Person, most: int) -> Tally:
    """The queue, one key an image."""
    rng, tally = random.Random(0), Tally()
    truth, keys = truth_of(bench, project), {class_id: key for key, class_id in bench.classes(project).items()}
    page.goto(f"{bench.studio.url}/label?project={project.name}")
    desk, shown = page.locator(".desk"), ""
    for _ in range(most):
        began = time.monotonic()
        page.wait_for_function(NEXT_IMAGE, arg=shown)
        shown = desk.get_attribute("data-image") or ""
        tally.studio_seconds += time.monotonic() - began
        right = keys[truth[int(shown)]]
        wrong = rng.choice([key for key in keys.values() if key != right])
        tally.own_seconds += person.look
        page.keyboard.press(wrong if rng.random() < person.slip else right)
    expect(desk.locator(".saved")).to_have_text("Saved", timeout=LONGEST)
    return tally


def by_exception(bench: Bench, project: Project, page: Page, person: Person, most: int) -> Tally:
    """The images that the model is sure of, page by page, until none is left or `most` are confirmed."""
    rng, tally = random.Random(0), Tally()
    truth = truth_of(bench, project)
    page.goto(f"{bench.studio.url}/grid?project={project.name}&show=Confirm+sure+ones")
    confirmed = 0
    while confirmed < most:
        began = time.monotonic()
        page.wait_for_function(SETTLED)
        tiles = page.evaluate(TILES)
        if not tiles:
            break
        wrong = [image_id for image_id, class_id in tiles if struck_out(truth[image_id] != class_id, person, rng)]
        for image_id in wrong:
            page.locator(f'.tile[data-image="{image_id}"]').click()
        confirm_page(page)
        tally.studio_seconds += time.monotonic() - began
        tally.own_seconds += person.glance * len(tiles) + person.strike * len(wrong)
        tally.struck += len(wrong)
        tally.pages += 1
        confirmed += len(tiles) - len(wrong)
    return tally


def struck_out(is_wrong: bool, person: Person, rng: random.Random) -> bool:
    return rng.random() < (1 - person.miss if is_wrong else person.false_alarm)


def confirm_page(page: Page) -> None:
    """Enter, which leads on to what was not seen yet, until the whole page is confirmed; then the next one."""
    grid = page.locator(".grid")
    page.keyboard.press("Enter")
    while "Next page" not in grid.locator(".rest").inner_text():
        page.wait_for_function(MORE_IS_SEEN)
        page.keyboard.press("Enter")
    expect(grid.locator(".saved")).to_have_text("Saved", timeout=LONGEST)
    first = page.locator(".tile").first.get_attribute("data-image")
    page.keyboard.press("Enter")
    page.wait_for_function(TURNED, arg=first)


def truth_of(bench: Bench, project: Project) -> dict[int, int]:
    """image id -> true class id, of the pool."""
    with bench.ws.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            f"SELECT id, oracle_class_id FROM image WHERE project_id = {project.id} AND oracle_class_id IS NOT NULL"
        )
        return {image_id: class_id for image_id, class_id in rows}


def labels_of(bench: Bench, project: Project) -> dict[int, int]:
    """image id -> the class stored, of the pool."""
    rows: dict[int, int] = {}
    for offset in range(0, 10_000, 1_000):
        page, _ = workspace.search_images(bench.ws, project.id, labelled=True, split="pool", offset=offset, limit=1_000)
        rows |= {row.image_id: row.class_id for row in page if row.class_id is not None}
    return rows


def figures(
    name: str, tally: Tally, labels: dict[int, int], before: set[int], truth: dict[int, int]
) -> dict[str, float]:
    given = {image_id: class_id for image_id, class_id in labels.items() if image_id not in before}
    wrong = sum(truth[image_id] != class_id for image_id, class_id in given.items())
    seconds = tally.own_seconds + tally.studio_seconds
    row = {
        f"{name}_labels": len(given),
        f"{name}_a_minute": round(60 * len(given) / seconds, 1),
        f"{name}_errors": wrong,
        f"{name}_errors_percent": round(100 * wrong / max(1, len(given)), 2),
        f"{name}_studio_seconds": round(tally.studio_seconds, 1),
    }
    return row | ({f"{name}_pages": tally.pages, f"{name}_struck": tally.struck} if tally.pages else {})


ROOT_OF = """(selector) => [...document.querySelectorAll("*")].map((element) => element.shadowRoot).filter(Boolean)
  .map((root) => root.querySelector(selector)).find(Boolean) ?? document.querySelector(selector)"""
NEXT_IMAGE = f"""(before) => {{
  const image = ({ROOT_OF})(".desk")?.dataset.image;
  return image && image !== before;
}}"""
SETTLED = f"""() => {{
  const grid = ({ROOT_OF})(".grid");
  if (!grid) return false;
  const first = grid.querySelector(".tile");
  return first ? first.dataset.painted : !grid.querySelector(".empty").hidden;
}}"""
# [image id, class id of the heading that it stands under]
TILES = f"""() => {{
  const grid = ({ROOT_OF})(".grid");
  const ids = new Map([...grid.querySelectorAll("button.class")].map((b) => [b.querySelector(".name").title, b]));
  return [...grid.querySelectorAll(".group")].flatMap((group) => {{
    const name = [...ids.keys()].find((key) => group.querySelector("h3").textContent.startsWith(`${{key}} (`));
    const id = Number(ids.get(name).dataset.class);
    return [...group.querySelectorAll(".tile")].map((tile) => [Number(tile.dataset.image), id]);
  }});
}}"""
MORE_IS_SEEN = f"""() => [...({ROOT_OF})(".grid").querySelectorAll(".tile")].some(
  (tile) => tile.dataset.painted && !tile.classList.contains("done") && tile.ariaPressed !== "true")"""
TURNED = f"""(first) => {{
  const grid = ({ROOT_OF})(".grid");
  return grid && grid.querySelector(".tile")?.dataset.image !== first;
}}"""
