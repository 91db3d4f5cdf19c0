"""The Data page's import run without a browser, for the tests of what it shows and writes."""

from streamlit.testing.v1 import AppTest
from ui_pages import PAGES

from vabal_core.ui.app.background import Job, find_job
from vabal_core.ui.views.import_jobs import LOOK, WRITE, job_of


def opened(browser: str = "", **query: str) -> AppTest:
    page = AppTest.from_file(PAGES / "data.py", default_timeout=20)
    if browser:
        page.session_state["browser"] = browser
    for key, value in query.items():
        page.query_params[key] = value
    return page.run()


def job(page: AppTest, step: str) -> Job | None:
    return find_job(job_of(step, page.session_state["browser"]))


def looked(page: AppTest, name: str, source: str) -> AppTest:
    """The page once it has looked through `source` for a new project."""
    page.text_input(key="import_path").set_value(source).run()
    page.text_input(key="import_name").set_value(name)
    page.button(key="import_look").click().run()
    look = job(page, LOOK)
    if look is None:
        return page
    look.wait()
    return page.run()


def written(page: AppTest) -> AppTest:
    page.button(key="import_write").click().run()
    job(page, WRITE).wait()
    return page.run()


def words(page: AppTest) -> str:
    """All that the page says, without the marks that keep it from being read as Markdown."""
    kinds = ("title", "header", "subheader", "markdown", "info", "warning", "error", "success", "caption")
    texts = [str(element.value) for kind in kinds for element in page.get(kind)]
    return "\n".join(texts).replace("\\", "").replace("\u2060", "")
