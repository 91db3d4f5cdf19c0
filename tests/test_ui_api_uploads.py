"""The route that takes files in: under addresses that a page has signed, as it lay, and nowhere else."""

from pathlib import Path
from urllib.parse import urlencode

import pytest
from ui_site import Site

from vabal_core.ui.addresses import upload_owner, upload_url
from vabal_core.ui.signing import secret

BATCH = "0123456789abcdef"


def put(site: Site, path: str, *, batch: str = BATCH, url: str = "") -> int:
    address = url or upload_url(secret(site.ws.data_dir), site.session(), upload_owner("somebody"))
    query = urlencode({"batch": batch, "path": path})
    separator = "&" if "?" in address else "?"
    return site.client.put(f"/{address}{separator}{query}", content=b"the bytes").status_code


def test_a_file_lands_where_it_lay(site: Site):
    assert put(site, "crazing/Imgs/1 ä.jpg") == 204
    (folder,) = (site.ws.data_dir / "uploads").glob(f"*-{BATCH}")
    assert (folder / "crazing" / "Imgs" / "1 ä.jpg").read_bytes() == b"the bytes"


@pytest.mark.parametrize("path", ["../1.jpg", "/etc/passwd", "", "a/../../x"])
def test_a_path_that_leaves_its_folder_is_refused(site: Site, path: str):
    assert put(site, path) == 400


@pytest.mark.parametrize("batch", ["", "..", "0123456789abcdeF", "0123456789abcdef/.."])
def test_a_batch_that_no_page_sends_is_refused(site: Site, batch: str):
    assert put(site, "1.jpg", batch=batch) == 400


def test_an_address_that_was_not_signed_takes_nothing(site: Site, tmp_path: Path):
    signed = upload_url(secret(site.ws.data_dir), site.session(), "somebody")
    assert put(site, "1.jpg", url=signed.replace("somebody", "anybody")) == 403
    assert put(site, "1.jpg", url="api/uploads/somebody") == 403
    assert not (site.ws.data_dir / "uploads").exists()
