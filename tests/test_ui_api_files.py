"""The routes that hand out files: images in three sizes and the labels as CSV, to signed addresses alone."""

import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image as Picture
from sqlalchemy import event
from sqlalchemy.engine import Engine
from ui_site import Site, label, site_of

from vabal_core import workspace
from vabal_core.store.database import writing
from vabal_core.store.image_addresses import write_stamps
from vabal_core.types import ExportRequest
from vabal_core.ui.addresses import export_url, report_url
from vabal_core.ui.signing import secret


def test_an_image_comes_as_it_is_and_may_be_kept_for_ever(site: Site):
    item = site.post().json()["items"][0]
    answer = site.client.get(item["url"])
    assert answer.status_code == 200
    assert answer.content == workspace.image_file(site.ws, item["id"]).read_bytes()
    assert answer.headers["content-type"] == "image/png"
    assert "immutable" in answer.headers["cache-control"] and "private" in answer.headers["cache-control"]


def test_a_thumbnail_is_an_image(site: Site):
    item = site.post().json()["items"][0]
    answer = site.client.get(site.url(item["id"], "thumbnail"))
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("image/")


def test_a_picture_asks_the_database_twice(site: Site):
    """For where it is, and for its project: a desk fetches forty ahead."""
    url, asked = site.post().json()["items"][0]["url"], []
    site.client.get(url)  # who may come in has been read now

    def note(_connection, _cursor, statement, *_) -> None:  # noqa: ANN001
        asked.append(statement)

    with listening(site.ws.engine, note):
        assert site.client.get(url).status_code == 200
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 2


@contextmanager
def listening(engine: Engine, note: Callable[..., None]) -> Iterator[None]:
    event.listen(engine, "before_cursor_execute", note)
    yield
    event.remove(engine, "before_cursor_execute", note)


def test_an_image_without_a_signature_is_refused(site: Site):
    item = site.post().json()["items"][0]
    assert site.client.get(f"/api/images/{item['id']}/full").status_code == 403
    assert site.client.get(f"/api/images/{item['id']}/full?project={site.project.id}&signature=x").status_code == 403


def test_a_signature_of_one_project_opens_no_image_of_another(tmp_path: Path, site: Site):
    other = site_of(tmp_path, site.client, "Other steel")
    theirs = other.post().json()["items"][0]["id"]
    assert site.client.get(site.url(theirs)).status_code == 403


@pytest.mark.parametrize(
    "path", ["/api/images/../../secret", "/api/images/%2e%2e%2fsecret/full", "/api/images/1/..%2fsecret"]
)
def test_no_path_reaches_a_file(site: Site, path: str):
    answer = site.client.get(path)
    assert answer.status_code in (403, 404)
    assert secret(site.ws.data_dir) not in answer.text


def test_an_image_that_cannot_be_read_says_why(site: Site):
    item = site.post().json()["items"][0]
    workspace.image_file(site.ws, item["id"]).write_bytes(b"")
    answer = site.client.get(site.url(item["id"], "thumbnail"))
    assert answer.status_code == 422 and answer.text


def test_an_image_whose_file_is_gone_says_which(site: Site):
    item = site.post().json()["items"][0]
    workspace.image_file(site.ws, item["id"]).unlink()
    answer = site.client.get(item["url"])
    assert answer.status_code == 422 and item["path"] in answer.text


def test_the_labels_leave_as_a_csv_file(site: Site):
    image_id = site.post().json()["items"][0]["id"]
    site.post(label(image_id, site.classes[1]))
    answer = site.client.get(export_url(secret(site.ws.data_dir), site.session()))
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.content == b"".join(workspace.export_csv(site.ws, site.project.id))
    assert b"inclusion" in answer.content


def test_an_export_has_the_format_and_the_choices_of_its_address(site: Site):
    image_id = site.post().json()["items"][0]["id"]
    site.post(label(image_id, site.classes[1]))
    request = ExportRequest(format="coco", split="pool", class_ids=(site.classes[1],), annotators=("ann & bob",))
    answer = site.client.get(export_url(secret(site.ws.data_dir), site.session(), request))
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].endswith("coco.zip")
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        selection = json.loads(archive.read("manifest.json"))["selection"]
    assert (selection["split"], selection["annotators"]) == ("pool", ["ann & bob"])


@pytest.mark.parametrize("choice", ["format=exe", "content=all", "split=x", "class=one", "excel=1&format=coco"])
def test_an_export_that_cannot_be_is_refused_in_words(site: Site, choice: str):
    answer = site.client.get(f"{export_url(secret(site.ws.data_dir), site.session())}&{choice}")
    assert answer.status_code == 422 and answer.text


def test_an_export_address_of_another_project_or_of_nobody_is_refused(site: Site):
    good = export_url(secret(site.ws.data_dir), site.session())
    assert site.client.get(good.replace(f"/{site.project.id}?", f"/{site.project.id + 1}?")).status_code == 403
    assert site.client.get(good.split("?")[0]).status_code == 403


def test_a_small_image_comes_to_the_screen_as_it_is(site: Site):
    item = site.post().json()["items"][0]
    assert "/screen?" in item["url"] and "/full?" in item["full"]
    assert site.client.get(item["url"]).content == site.client.get(item["full"]).content


def test_a_large_image_comes_to_the_screen_smaller_and_whole_only_where_asked(site: Site):
    item = site.post().json()["items"][0]
    file = workspace.image_file(site.ws, item["id"])
    Picture.new("L", (4_000, 1_000), 90).save(file, "JPEG")
    with writing(site.ws.engine) as transaction:  # as if it had been imported so
        write_stamps(transaction, {item["id"]: (file.stat().st_size, file.stat().st_mtime_ns)})
    screen, full = (site.client.get(item[name]) for name in ("url", "full"))
    assert Picture.open(BytesIO(screen.content)).size == (1_600, 400)
    assert screen.headers["content-type"] == "image/jpeg" and "immutable" in screen.headers["cache-control"]
    assert full.content == file.read_bytes()


def test_an_address_of_one_size_opens_no_other(site: Site):
    item = site.post().json()["items"][0]
    assert site.client.get(item["url"].replace("/screen?", "/full?")).status_code == 403
    assert site.client.get(item["url"].replace("/screen?", "/huge?")).status_code == 403


@pytest.mark.parametrize("names", [True, False])
def test_the_report_leaves_as_one_page_with_names_or_without(site: Site, names: bool):
    image_id = site.post().json()["items"][0]["id"]
    site.post(label(image_id, site.classes[1]))
    url = report_url(secret(site.ws.data_dir), site.session(), "Åsa & Bo", names=names)
    answer = site.client.get(url)
    assert answer.status_code == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
    assert (
        answer.headers["content-disposition"].startswith("attachment")
        and "report" in answer.headers["content-disposition"]
    )
    assert ("Åsa &amp; Bo" in answer.text) is names and ("<bdi>Ann</bdi>" in answer.text) is names


def test_a_report_is_made_for_signed_addresses_alone(site: Site):
    url = report_url(secret(site.ws.data_dir), site.session(), "Ann", names=False)
    for changed in (
        url.replace("names=0", "names=1"),
        url.replace("made_by=Ann", "made_by=Bob"),
        url.partition("&sig")[0],
    ):
        assert site.client.get(changed).status_code == 403
    gone = report_url(secret(site.ws.data_dir), replace(site.session(), project_id=99), "Ann", names=True)
    assert site.client.get(gone).status_code == 404
