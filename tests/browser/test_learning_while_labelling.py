"""The queue learns while a person labels: no round is started by hand, and no label is lost or stored twice."""

import re

import pytest
from conftest import Studio
from playwright.sync_api import expect

from vabal_core import workspace

REFRESH = 400_000  # milliseconds; some ten seconds of one core, which goes to everybody else first
LEARNING = {"pool": 60, "evaluation": 4, "learns_every": 25}


@pytest.mark.parametrize("studio", [LEARNING], indirect=True)
def test_after_25_labels_the_next_images_come_from_a_ranking_that_started_by_itself(studio: Studio):
    studio.open()
    pressed = [studio.press("123"[i % 3]) for i in range(25)]
    during = [studio.press(key) for key in "12"]  # labelling goes on while it learns
    # Labels given fast travel together: the 25th may bring the next ones along.
    expect(studio.desk).to_contain_text(re.compile("Learned from 2[567] labels"), timeout=REFRESH)
    (refresh,) = workspace.list_rounds(studio.ws, studio.project.id)
    assert refresh.state == "done" and workspace.starts_by_itself(refresh)
    on_screen = studio.press("3")  # it was there before the ranking
    studio.saved()
    ranked = [item.image_id for item in workspace.next_images(studio.ws, studio.project.id, "ranked", count=3)]
    expect(studio.desk.locator(".mark")).to_contain_text(re.compile(r"In the ranking of round 1"))
    assert [studio.press(key) for key in "123"] == ranked
    studio.saved()
    given = [*pressed, *during, on_screen, *ranked]
    assert len(set(given)) == len(given) == 31
    names = ["crazing", "inclusion", "scratches"]
    expected = [names[i % 3] for i in range(25)] + ["crazing", "inclusion", "scratches", *names]
    assert studio.labels() == dict(zip(given, expected, strict=True))
    assert workspace.counts(studio.ws, studio.project.id).pool_total == 31
