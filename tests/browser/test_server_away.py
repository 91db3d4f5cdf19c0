"""While the server is away: nothing covers the image that the keys label."""

import pytest
from conftest import Studio
from grid_tab import Grid
from playwright.sync_api import expect

# Streamlit says it on the console in the moment in which it opens its dialogue.
NOT_RESPONDING = "Streamlit server is not responding"


@pytest.mark.parametrize("path", ["label", "grid"])
def test_nothing_covers_the_images_while_the_server_is_away(studio: Studio, path: str):
    studio.open(path)
    studio.image() if path == "label" else Grid(studio).painted()
    with studio.page.expect_console_message(lambda message: NOT_RESPONDING in message.text, timeout=60_000):
        studio.server.kill()
    expect(studio.page.get_by_test_id("stDialog")).to_have_count(0)
    expect(studio.page.locator(".saved")).to_contain_text("waiting")
    if path == "label":
        studio.press("f")
        studio.page.keyboard.type("a scratch")
        expect(studio.desk.get_by_role("textbox", name="Comment on this image")).to_have_value("a scratch")
    studio.server.start()
