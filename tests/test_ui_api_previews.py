"""The route that shows images of an import that is not written yet: those that a page has signed, and no others."""

from pathlib import Path

from image_files import write_image
from ui_site import Site

from vabal_core.ui.addresses import preview_url
from vabal_core.ui.signing import secret


def test_an_image_that_is_not_imported_is_shown_small(site: Site, tmp_path: Path):
    file = write_image(tmp_path / "steel ä" / "1 & 2.png")
    answer = site.client.get(f"/{preview_url(secret(site.ws.data_dir), site.session(), file)}")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("image/")


def test_no_other_file_is_read(site: Site, tmp_path: Path):
    signed = preview_url(secret(site.ws.data_dir), site.session(), write_image(tmp_path / "1.png"))
    assert site.client.get(f"/{signed.replace('1.png', '2.png')}").status_code == 403
    assert site.client.get("/api/previews", params={"file": "/etc/passwd"}).status_code == 403


def test_a_file_that_is_no_image_says_so(site: Site, tmp_path: Path):
    (tmp_path / "1.png").write_bytes(b"no image")
    answer = site.client.get(f"/{preview_url(secret(site.ws.data_dir), site.session(), tmp_path / '1.png')}")
    assert answer.status_code == 422 and answer.text
