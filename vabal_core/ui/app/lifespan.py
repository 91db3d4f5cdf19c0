"""What the server does once, when it starts: open the workspace, mend what a crash left, make the demo project."""

import gc
import logging
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
from vabal_core.ui.app.background import start_job
from vabal_core.ui.app.reading import start_reading
from vabal_core.ui.app.studio import studio

DEMO = "demo"
log = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    ws = await run_in_threadpool(studio)
    workspace.recover(ws)
    Thread(target=_sweep, args=(ws,), daemon=True).start()
    if workspace.demo_is_wanted(ws):
        start_job(DEMO, _make_demo(ws))
    Thread(target=_read_images, args=(ws,), daemon=True).start()
    stop = Flag()
    Thread(target=workspace.take_over_rounds, args=(ws, stop), daemon=True).start()
    # Asked at once: to find out what rounds compute on takes seconds.
    workspace.devices_so_far()
    send_at_once()
    print(address_words(), flush=True)
    # The modules loaded so far live as long as the server: collecting garbage need not look at them again.
    gc.freeze()
    yield
    stop.set()


def address_words() -> str:
    """Where the Studio is to be opened."""
    host, port = st.get_option("server.address") or "0.0.0.0", st.get_option("server.port")
    path = (st.get_option("server.baseUrlPath") or "").strip("/")
    if host in ("0.0.0.0", "::"):
        others = f", on other computers http://{socket.gethostname()}:{port}/{path}"
        return f"\n  VaB-AL Studio: http://localhost:{port}/{path}{others}\n"
    return f"\n  VaB-AL Studio: http://{f'[{host}]' if ':' in host else host}:{port}/{path}\n"


def _make_demo(ws: workspace.Workspace) -> Generator[Progress, None, Project]:
    demo = yield from workspace.ensure_demo(ws, workspace.STUDIO)
    start_reading(ws, demo)
    return demo


def _read_images(ws: workspace.Workspace) -> None:
    """Go on reading where the server was stopped, or the features were deleted: one project after the other."""
    for project in workspace.list_projects(ws):
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
