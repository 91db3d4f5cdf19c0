"""A log of who changed what as a file: for signed addresses alone, with what the filter lets through."""

from datetime import UTC, datetime

import pytest
from ui_site import Site, label

from vabal_core import workspace
from vabal_core.ui.addresses import trail_url
from vabal_core.ui.signing import Session, secret
from vabal_core.workspace import LogFilter


def address(site: Site, trail: str = "labels", **chosen: object) -> str:
    session = Session(database=workspace.database_identity(site.ws), name="Ann", project_id=site.project.id)
    return trail_url(secret(site.ws.data_dir), session, trail, LogFilter(**chosen))


def rows(site: Site, trail: str = "labels", **chosen: object) -> list[str]:
    answer = site.client.get(address(site, trail, **chosen))
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/csv")
    return answer.text.splitlines()[1:]


def test_a_log_leaves_with_what_its_address_asks_for(site: Site):
    first, second = (item["id"] for item in site.post(want=2).json()["items"])
    one, two = site.classes[:2]
    site.post(label(first, one, "e1"), label(second, two, "e2"))
    mine = {"person": "Ann"}
    assert len(rows(site, **mine)) == 2
    assert len(rows(site, class_id=two, **mine)) == 1
    assert len(rows(site, kind="undo")) == 0
    assert len(rows(site, since=datetime(2020, 1, 1, tzinfo=UTC), until=datetime.now(UTC), **mine)) == 2
    assert rows(site, until=datetime(2020, 1, 1, tzinfo=UTC)) == []
    assert any("import finished" in row for row in rows(site, "project"))
    assert rows(site, "studio") == []


def test_an_address_that_was_changed_opens_nothing(site: Site):
    for changed in (address(site).replace("/labels", "/studio"), address(site).partition("&sig")[0]):
        assert site.client.get(changed).status_code == 403
    assert site.client.get(address(site, "nothing")).status_code == 404


@pytest.mark.parametrize(
    ("referer", "page"),
    [("http://testserver/plant/grid?project=Steel", "grid"), ("http://testserver/etc/passwd", ""), ("", "")],
)
def test_a_decision_names_the_page_that_its_browser_sent_it_from(site: Site, referer: str, page: str):
    image_id = site.post(want=1).json()["items"][0]["id"]
    site.client.headers["Referer"] = referer
    site.post(label(image_id, site.classes[0]))
    actor = workspace.person("Ann")
    [row] = workspace.read_trail(site.ws, actor, site.project.id, "labels", LogFilter(person="Ann"))
    assert row.page == page
