"""Two people at their own browsers: an image goes to both, neither sees the other's label, and somebody decides."""

from collections.abc import Iterator

import pytest
from conftest import Studio
from playwright.sync_api import expect
from test_two_tabs import colleague
from workspaces import ANN

from vabal_core import workspace
from vabal_core.config import Config
from vabal_core.workspace.round_task import images_to_learn, round_task

FEW = {"pool": 3, "evaluation": 0}


@pytest.fixture
def bert(studio: Studio) -> Iterator[Studio]:
    """Of this project every image is labelled by a second person too."""
    workspace.update_settings(studio.ws, ANN, studio.project.id, second_share=1.0)
    name(studio, "Ann")
    with colleague(studio) as other:
        name(other, "Bert")
        yield other


def name(studio: Studio, person: str) -> None:
    studio.page.context.add_cookies([{"name": "studio_person", "value": person, "url": studio.server.url}])


def learned_labels(studio: Studio) -> list[int]:
    """The labels that a round would learn from, the classes by their number."""
    images, _ = images_to_learn(studio.ws, studio.project.id)
    facts = {"strategy": "random", "batch": 1, "seed": 0, "config": Config()}
    return round_task(studio.ws, studio.project.id, images, **facts).labels.tolist()


@pytest.mark.parametrize("studio", [FEW], indirect=True)
def test_a_second_person_gets_the_image_unawares_disagrees_and_a_decision_is_what_is_learned(
    studio: Studio, bert: Studio
):
    studio.open()
    studio.image()
    words = studio.desk.locator(".explanation").inner_text()
    images = {studio.press("1") for _ in range(3)}
    studio.saved()
    bert.open()
    disputed = bert.image()
    assert bert.desk.locator(".explanation").inner_text() == words, "nothing tells that there is a label"
    expect(bert.desk.locator("[data-do=confirm]")).to_be_hidden()
    assert {bert.press("2"), bert.press("1"), bert.press("1")} == images
    bert.saved()
    expect(bert.desk.locator(".note")).to_have_text("")
    assert set(studio.labels().values()) == {"crazing"} and learned_labels(studio) == [0, 0, 0]
    studio.open("review", tab="differing")
    assert studio.image() == disputed
    expect(studio.desk.locator(".why")).to_have_text("One person said crazing; one person said inclusion.")
    studio.press("Enter")
    expect(studio.desk.locator(".note")).to_have_text("Decided: inclusion. Ann said crazing; Bert said inclusion.")
    studio.saved()
    assert studio.labels()[disputed] == "inclusion" and sorted(learned_labels(studio)) == [0, 0, 1]
    counts = workspace.second_look_counts(studio.ws, studio.project.id)
    assert (counts.agreed, counts.differing, counts.adjudicated) == (2, 0, 1)
    studio.open("review", tab="people")
    sentence = "3 images have been labelled twice: people agree on 2 and differ on 0; 1 is decided."
    expect(studio.page.get_by_text(sentence)).to_be_visible()
    expect(studio.page.get_by_text("Nobody but you").or_(studio.page.get_by_text("you see all"))).to_be_visible()


@pytest.mark.parametrize("studio", [FEW], indirect=True)
def test_a_setting_is_shown_as_it_was_set_after_a_visit_to_another_tab(studio: Studio):
    setting = studio.page.locator(f".st-key-gold_rate-{studio.project.id} input")
    studio.open("review", tab="people")
    setting.click()
    studio.page.get_by_role("option", name="10 of 100 images").click()
    expect(setting).to_have_value("10 of 100 images")
    studio.page.get_by_role("radio", name="All labelled").click()
    expect(setting).to_have_count(0)
    studio.page.get_by_role("radio", name="How far people agree").click()
    expect(setting).to_have_value("10 of 100 images")
