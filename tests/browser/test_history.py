"""The browser's Back leads to the page before."""

import re

from conftest import PATIENCE, Studio
from playwright.sync_api import expect


def test_one_press_of_back_leads_to_the_page_before(studio: Studio):
    """Each page writes its project into its address, and Review its tab: neither is a step of its own."""
    studio.open()
    studio.image()
    for name in ("Review", "Progress"):
        studio.page.get_by_role("link", name=name, exact=True).click()
        expect(studio.page).to_have_url(re.compile(rf"/{name.lower()}\?.*project="), timeout=PATIENCE)
        studio.settle()
    studio.page.go_back()
    expect(studio.page).to_have_url(re.compile(r"/review\?"), timeout=PATIENCE)
    studio.settle()
    studio.page.go_back()
    expect(studio.page).to_have_url(re.compile(r"/label\?"), timeout=PATIENCE)
