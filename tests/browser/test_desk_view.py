"""Looking closely at the desk: zoom and pan by wheel, mouse, keys and fingers; light; full resolution when needed."""

from io import BytesIO

import pytest
from conftest import Studio
from PIL import Image, ImageStat
from playwright.sync_api import CDPSession, Locator, expect

Box = dict[str, float]


def picture(studio: Studio) -> Locator:
    return studio.desk.locator(".picture")


def box(locator: Locator) -> Box:
    box = locator.bounding_box()
    assert box
    return box


def middle(studio: Studio) -> tuple[float, float]:
    frame = box(studio.desk.locator(".frame"))
    return frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2


def grey(studio: Studio) -> float:
    """Mean brightness, 0..255, of a spot in the middle of the frame, as it is on screen."""
    x, y = middle(studio)
    shot = studio.page.screenshot(clip={"x": x - 5, "y": y - 5, "width": 10, "height": 10})
    return ImageStat.Stat(Image.open(BytesIO(shot)).convert("L")).mean[0]


def slide(studio: Studio, name: str, value: float) -> None:
    studio.desk.locator(f".tone input[name={name}]").fill(str(value))


def test_the_wheel_zooms_at_the_pointer_drag_pans_and_a_double_click_fits(studio: Studio):
    studio.open()
    studio.image()
    fitted, (x, y) = box(picture(studio)), middle(studio)
    point = (x + 60, y - 40)
    studio.page.mouse.move(*point)
    studio.page.mouse.wheel(0, -600)
    expect(studio.desk.locator(".frame.zoomed")).to_be_visible()
    zoomed = box(picture(studio))
    assert zoomed["width"] > 2 * fitted["width"]
    # What was under the pointer is still there: its place in the picture, as a share of the width, is the same.
    before = (point[0] - fitted["x"]) / fitted["width"]
    assert (point[0] - zoomed["x"]) / zoomed["width"] == pytest.approx(before, abs=0.01)
    studio.page.mouse.down()
    studio.page.mouse.move(point[0] + 30, point[1] + 20)
    studio.page.mouse.up()
    dragged = box(picture(studio))
    assert (dragged["x"] - zoomed["x"], dragged["y"] - zoomed["y"]) == (pytest.approx(30), pytest.approx(20))
    studio.page.mouse.dblclick(*point)
    assert box(picture(studio)) == fitted
    assert studio.labels() == {}


def test_keys_zoom_and_move_and_the_next_image_is_fitted_again(studio: Studio):
    studio.open()
    studio.image()
    fitted = box(picture(studio))
    for key in ("+", "=", "+", "-"):
        studio.page.keyboard.press(key)
    zoomed = box(picture(studio))
    assert zoomed["width"] == pytest.approx(1.25**2 * fitted["width"], rel=0.01)
    studio.page.keyboard.press("ArrowRight")
    assert box(picture(studio))["x"] < zoomed["x"]
    first = studio.press("1")
    expect(studio.desk).not_to_have_attribute("data-image", str(first))
    studio.image()
    assert box(picture(studio)) == fitted


def test_actual_size_shows_one_pixel_as_one_and_stays_for_the_next_image(studio: Studio):
    studio.open()
    studio.press("z")
    for _ in range(2):
        expect(studio.desk.locator(".zoom")).to_have_text("100 %")
        frame = box(studio.desk.locator(".frame"))
        assert box(picture(studio))["height"] / frame["height"] < 0.5  # 64 pixels in a frame of several hundred
        before = studio.press("1")
        expect(studio.desk).not_to_have_attribute("data-image", str(before))
        studio.image()
    studio.page.keyboard.press("z")
    expect(studio.desk.locator("[data-do=actual]")).to_have_attribute("aria-pressed", "false")


def touch(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    session.send(
        "Input.dispatchTouchEvent",
        {"type": kind, "touchPoints": [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]},
    )


def test_two_fingers_zoom_and_one_finger_drags(studio: Studio):
    studio.open()
    studio.image()
    fitted, (x, y) = box(picture(studio)), middle(studio)
    session = studio.page.context.new_cdp_session(studio.page)
    touch(session, "touchStart", (x - 40, y), (x + 40, y))
    for apart in (60, 80, 120):
        touch(session, "touchMove", (x - apart, y), (x + apart, y))
    touch(session, "touchEnd")
    zoomed = box(picture(studio))
    assert zoomed["width"] == pytest.approx(3 * fitted["width"], rel=0.05)
    assert zoomed["x"] + zoomed["width"] / 2 == pytest.approx(x, abs=5)
    touch(session, "touchStart", (x, y))
    for moved in (15, 30):
        touch(session, "touchMove", (x + moved, y))
    touch(session, "touchEnd")
    assert box(picture(studio))["x"] - zoomed["x"] == pytest.approx(30, abs=2)


def test_light_and_inversion_change_what_is_seen_and_are_kept(studio: Studio):
    studio.open()
    studio.image()
    plain = grey(studio)
    studio.page.keyboard.press("i")
    assert grey(studio) == pytest.approx(255 - plain, abs=3)
    studio.page.keyboard.press("i")
    studio.page.keyboard.press(".")
    for name, value in (("gamma", 2), ("brightness", 2), ("contrast", 2)):
        slide(studio, name, value)
        seen = grey(studio)
        assert abs(seen - plain) > 8, name
        if name == "gamma":
            assert seen == pytest.approx(255 * (plain / 255) ** 0.5, abs=3)
        if name != "contrast":
            slide(studio, name, 1)
    before = studio.press("1")  # a class key labels although a slider has the focus
    expect(studio.desk).not_to_have_attribute("data-image", str(before))
    studio.page.reload()
    studio.image()
    assert picture(studio).evaluate("(picture) => picture.style.filter") == "contrast(2)"
    expect(studio.desk.locator("[data-do=tone]")).to_have_attribute("aria-pressed", "true")
    studio.page.keyboard.press(".")
    studio.desk.locator("[data-do=reset-tone]").click()
    assert picture(studio).evaluate("(picture) => picture.style.filter") == ""
    studio.page.keyboard.press("Escape")
    expect(studio.desk.locator(".tone")).to_be_hidden()


@pytest.mark.parametrize("studio", [{"size": 3000, "pool": 3}], indirect=True)
def test_full_resolution_is_fetched_only_where_it_can_be_seen(studio: Studio):
    urls: list[str] = []
    studio.page.on("request", lambda request: urls.append(request.url))
    studio.open()
    first = studio.image()
    shown = studio.desk.locator(".picture img")
    assert shown.evaluate("(image) => image.naturalWidth") == 1600
    assert not [url for url in urls if f"/{first}/full" in url]
    studio.page.keyboard.press("z")
    expect(shown).to_have_js_property("naturalWidth", 3000)
    expect(studio.desk.locator(".zoom")).to_have_text("100 %")
    frame, moved = box(studio.desk.locator(".frame")), box(picture(studio))
    assert moved["width"] / frame["width"] == pytest.approx(3000 / min(frame["width"], frame["height"]), rel=0.02)
    assert studio.press("1") == first
    studio.saved()
    assert studio.labels() == {first: "crazing"}


def test_an_opened_panel_leaves_the_zoomed_spot_in_the_middle(studio: Studio):
    studio.open()
    studio.image()
    studio.page.keyboard.press("+")
    studio.page.keyboard.press("+")
    studio.page.keyboard.press("ArrowRight")
    before = box(studio.desk.locator(".picture img"))
    side = min(before["width"], before["height"])  # of the square image, whose box is as wide as the frame
    x, _ = middle(studio)
    place = (x - before["x"] - before["width"] / 2) / side
    studio.page.keyboard.press("g")
    expect(studio.desk.locator(".guide .entry")).to_have_count(3)
    after = box(studio.desk.locator(".picture img"))
    x, _ = middle(studio)
    assert place > 0.05
    assert (x - after["x"] - after["width"] / 2) / side == pytest.approx(place, abs=0.02)
