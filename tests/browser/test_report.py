"""The report of a project in a browser that has no network and runs no script: as it will be opened years from now."""

from pathlib import Path

from playwright.sync_api import Browser, expect
from project_states import project_in_state

from vabal_core import workspace


def test_the_report_opens_without_network_and_script_and_prints(browser: Browser, tmp_path: Path):
    ws = workspace.open_workspace(tmp_path / "data")
    project = project_in_state(ws, tmp_path, "much")
    file = tmp_path / "report.html"
    workspace.write_export(workspace.export_report(ws, workspace.person("Ann"), project.id), file)
    context = browser.new_context(java_script_enabled=False, offline=True)
    page, requested, complaints = context.new_page(), [], []
    page.on("request", lambda request: requested.append(request.url.partition(",")[0]))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(file.as_uri())
    expect(page.get_by_role("heading", name="Report: much")).to_be_visible()
    # The policy lets this very style and the pictures in the file through, and nothing had to be refused.
    expect(page.locator("h2").first).to_have_css("border-top-color", "rgb(31, 95, 191)")
    expect(page.locator("img").first).to_have_js_property("naturalWidth", 64)
    assert complaints == [] and set(requested) <= {file.as_uri(), "data:image/webp;base64"}
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    context.close()
