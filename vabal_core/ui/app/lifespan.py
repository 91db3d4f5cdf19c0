"""What the server does once, when it starts: open the workspace, mend what a crash left, make the demo project."""

import gc
import logging
import os
import socket
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from threading import Event as Flag
from threading import Thread
from typing import Any

import streamlit as st
from starlette.concurrency import run_in_threadpool

from vabal_core import workspace
from vabal_core.types import Progress, Project, StudioError
from vabal_core.ui.app.background import end_jobs, start_job
from vabal_core.ui.app.login import ADMIN, login
from vabal_core.ui.app.reading import start_reading
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import invitation, secret

DEMO = "demo"
EVERYWHERE = ("0.0.0.0", "::")
FIRST_ADMIN = "  To begin, the first admin sets a password here, once (behind a proxy, under its address):"
log = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    ws = await run_in_threadpool(studio)
    workspace.recover(ws)
    workspace.expect_desks_again(ws)
    Thread(target=_sweep, args=(ws,), daemon=True).start()
    if workspace.demo_is_wanted(ws):
        start_job(DEMO, _make_demo(ws))
    stop = Flag()
    Thread(target=_read_images, args=(ws, stop), daemon=True).start()
    Thread(target=workspace.take_over_rounds, args=(ws, stop), daemon=True).start()
    # Asked at once: to find out what rounds compute on takes seconds.
    workspace.devices_so_far()
    send_at_once()
    print(address_words(), flush=True)
    if link := await run_in_threadpool(first_admin_link, ws):
        print(f"{FIRST_ADMIN}\n  {link}\n", flush=True)
    # The modules loaded so far live as long as the server: collecting garbage need not look at them again.
    gc.freeze()
    yield
    stop.set()
    await run_in_threadpool(end_jobs)


def address_words() -> str:
    """Where the Studio is to be opened."""
    if _host() in EVERYWHERE:
        others = f", on other computers {_address(socket.gethostname())}"
        return f"\n  VaB-AL Studio: {_address('localhost')}{others}\n"
    return f"\n  VaB-AL Studio: {_address(_host())}\n"


def first_admin_link(ws: workspace.Workspace) -> str:
    """By which the first admin sets a password; "" where one has, or people sign in elsewhere."""
    account = workspace.invite_first_admin(ws, os.environ.get(ADMIN) or "admin") if login() == "local" else None
    if account is None:
        return ""
    link = invitation(secret(ws.data_dir), workspace.database_identity(ws), account)
    beginning = _address("localhost" if _host() in EVERYWHERE else _host())
    return f"{beginning.rstrip('/')}/invitation?link={link}"


def _host() -> str:
    return st.get_option("server.address") or EVERYWHERE[0]


def _address(host: str) -> str:
    path = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"http://{f'[{host}]' if ':' in host else host}:{st.get_option('server.port')}/{path}"


def _make_demo(ws: workspace.Workspace) -> Generator[Progress, None, Project]:
    demo = yield from workspace.ensure_demo(ws, workspace.STUDIO)
    start_reading(ws, demo)
    return demo


def _read_images(ws: workspace.Workspace, stop: Flag) -> None:
    """Go on reading where the server was stopped, or the features were deleted: one project after the other."""
    for project in workspace.list_projects(ws):
        if stop.is_set():
            return
        start_reading(ws, project).wait()


def _sweep(ws: workspace.Workspace) -> None:
    try:
        workspace.mend_counts(ws)
        workspace.sweep(ws)
    except (StudioError, OSError):  # the next start tries again
        log.exception("what killed processes left in %s", ws.data_dir)


def send_at_once() -> None:
    """Have the listening sockets' connections send small answers at once (TCP_NODELAY): Streamlit leaves that off, and
    each answer to a label would wait some 40 ms. Call it before `gc.freeze`, which hides the sockets."""
    for candidate in gc.get_objects():
        if type(candidate) is socket.socket and candidate.fileno() >= 0 and _listens(candidate):
            candidate.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _listens(open_socket: socket.socket) -> bool:
    over_tcp = open_socket.family in (socket.AF_INET, socket.AF_INET6) and open_socket.type == socket.SOCK_STREAM
    return over_tcp and bool(open_socket.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
