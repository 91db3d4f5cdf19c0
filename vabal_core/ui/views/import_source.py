"""Where the images to import are, and which project they are for."""

from pathlib import Path, PurePath
from urllib.parse import unquote, urlsplit

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Project, StudioError
from vabal_core.types.names import page_word
from vabal_core.ui.addresses import upload_owner, upload_url
from vabal_core.ui.app.background import jobs_under_way
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.person import current_session
from vabal_core.ui.components.drop import Dropped, drop_area
from vabal_core.ui.signing import secret
from vabal_core.ui.views.import_jobs import LOOK, WRITE, ImportRequest, look
from vabal_core.workspace import Workspace

NEW = page_word("A new project")
AREA = "import_drop"
ADD_TO = "import_add_to"  # the id of the project in which somebody said to add more images
QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’", "«": "»", "<": ">"}
PACKED = (".tar.gz", ".tar.bz2", ".tar.xz")
MAX_NAME_CHARACTERS = 100


def source_form(ws: Workspace, project: Project | None, owner: str) -> None:
    """The form that an import starts with."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        dropped, text = _where(ws, owner)
    with right:
        name = _target(ws, project, dropped.name if dropped else text)
        if st.button("Look through", type="primary", key="import_look", icon=":material/search:"):
            _start(ws, owner, name.strip(), dropped, text)
        st.caption("Nothing is written before you have seen what would become of it.")
        if any(job.startswith((LOOK, WRITE)) for job in jobs_under_way()):
            st.caption("Somebody else is importing just now; yours may take longer.")


def _where(ws: Workspace, owner: str) -> tuple[Dropped | None, str]:
    sender = upload_owner(owner)
    dropped = drop_area(upload_url(secret(ws.data_dir), current_session(), sender), key=AREA)
    path = st.text_input(
        "Or the address of a folder or file on the computer that runs the Studio",
        key="import_path",
        placeholder=workspace.example_address(ws),
        disabled=dropped is not None,
        help="The quickest way for many images: nothing is copied. A folder, a ZIP or TAR archive, or a table (CSV or "
        "Excel) that names the images.",
    )
    return dropped, address_in(path)


def address_in(text: str) -> str:
    """The address that a person pasted: without the quotes that file managers put around it, or as the file: address
    of a browser."""
    text = text.strip()
    while len(text) > 1 and QUOTES.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    return unquote(urlsplit(text).path) if text.lower().startswith("file://") else text


def name_for(source: str, taken: set[str]) -> str:
    """A name, of no other project, for one that begins with `source`: the name of its folder or file."""
    stem = PurePath(source.replace("\\", "/")).name
    packed = next((ending for ending in PACKED if stem.lower().endswith(ending)), "")
    stem = stem[: -len(packed)] if packed else PurePath(stem).stem if "." in stem[1:-1] else stem
    stem = " ".join(stem.split())[: MAX_NAME_CHARACTERS - 4]
    number = 2
    name = stem
    while name in taken:
        name, number = f"{stem} {number}", number + 1
    return name


def _target(ws: Workspace, project: Project | None, source: str) -> str:
    names = [existing.name for existing in workspace.list_projects(ws)]
    # A project that was just made waits for its images; into one that has some, nothing comes but where it was said.
    is_meant = project is not None and (
        st.session_state.get(ADD_TO) == project.id or not any(workspace.image_totals(ws, project.id).values())
    )
    options, first = [NEW, *names], project.name if is_meant else NEW
    key = f"import_into-{project.id if is_meant else 0}"
    chosen = st.selectbox("Into which project?", options, index=options.index(first), key=key)
    return _new_name(source, set(names)) if chosen == NEW else chosen


def _new_name(source: str, taken: set[str]) -> str:
    """The field for the name, filled from the source for as long as nobody has typed another one."""
    proposed = name_for(source, taken) if source else ""
    if st.session_state.get("import_name", "") in ("", st.session_state.get("import_name_proposed")):
        st.session_state["import_name"] = proposed
    st.session_state["import_name_proposed"] = proposed
    return st.text_input("Name of the new project", key="import_name")


@show_errors()
def _start(ws: Workspace, owner: str, name: str, dropped: Dropped | None, text: str) -> None:
    if not dropped and not text:
        st.error("Say where the images are: drop a folder or files, or give the address of a folder or file.")
    elif not name:
        st.error("Give the new project a name.")
    else:
        look(ws, owner, _request(owner, name, dropped, text))
        st.rerun()


def _request(owner: str, name: str, dropped: Dropped | None, text: str) -> ImportRequest:
    if dropped is None:
        return ImportRequest(project_name=name, source=text, address=_address(text))
    source = dropped.name or f"{dropped.files:,} files"
    return ImportRequest(project_name=name, source=source, upload_id=f"{upload_owner(owner)}-{dropped.batch}")


def _address(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as problem:  # "~name" of nobody on this computer
        raise StudioError(f"{text} names nobody's folder here. Write the address in full.") from problem
