"""Who may ask, and what every answer says of itself: one middleware before all routes, Streamlit's and our own.

A page of another site must not reach the Studio through somebody's browser, by a request, a socket or a frame, nor by
a name of its own that suddenly means this machine (DNS rebinding). Streamlit's checks of that are switched off: for
any name but localhost they ask a service on the internet for this machine's address, and hold everybody up meanwhile.
"""

import os
import socket
from collections.abc import Iterable, Mapping
from functools import partial
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vabal_core.ui.app.login import LOGIN, login

OPEN = f"Nobody signs in to this Studio: it answers this machine alone. Whoever runs it may set {LOGIN}."
HOSTS = "VABAL_HOSTS"  # names that the Studio answers to, beside its own: "studio.plant.example,vabal"
# It keeps in memory whatever anybody sends there, signed in or not, and no page of the Studio uses it.
STREAMLITS_UPLOAD = "/_stcore/upload_file"
NO_UPLOAD = "The Studio takes files in under an address of its own, on the Data page."
# Streamlit writes styles and scripts into its page, compiles the figures' templates, and loads components from blobs.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' {sockets}; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


class Guard:
    """ASGI middleware: 403 or 421, in words, for what comes from elsewhere; safe headers on everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        host, origin = (Headers(scope=scope).get(name, "") for name in ("host", "origin"))
        send = partial(_send_safely, send, POLICY.format(sockets=_sockets(host)))
        if not is_own_name(host):
            text = f"This Studio does not answer to “{name_in(host)}”. Whoever runs it may add the name to {HOSTS}."
            return await _refuse(scope, receive, send, PlainTextResponse(text, status_code=421))
        if login() == "none" and is_reached_from_elsewhere(scope):
            return await _refuse(scope, receive, send, PlainTextResponse(OPEN, status_code=403))
        if origin and not is_same_site(origin, host):
            text = f"This was asked by a page of {origin}, and the Studio answers its own pages alone."
            return await _refuse(scope, receive, send, PlainTextResponse(text, status_code=403))
        if STREAMLITS_UPLOAD in scope["path"]:
            return await _refuse(scope, receive, send, PlainTextResponse(NO_UPLOAD, status_code=404))
        return await self.app(scope, receive, send)


def is_reached_from_elsewhere(scope: Scope) -> bool:
    """Whether the request came to an address of this machine that other machines reach; not by a socket's file."""
    try:
        return not ip_address((scope.get("server") or ("",))[0] or "").is_loopback
    except ValueError:
        return False


def is_own_name(host: str) -> bool:
    """Whether `host`, of a request, is an address, this machine's name or one of HOSTS: a stranger's name that was
    bent to this machine is none of these."""
    name = name_in(host)
    try:
        return bool(ip_address(name))
    except ValueError:
        return name in own_names()


def is_same_site(origin: str, host: str) -> bool:
    """Whether a page of `origin` was served by this Studio: under the name that is asked now or, behind a proxy that
    asks under another, under one of HOSTS."""
    try:
        site = urlsplit(origin).netloc.lower()
    except ValueError:  # no origin that a browser sends
        return False
    return bool(site) and (site == host.lower() or name_in(site) in listed_names())


def own_names() -> set[str]:
    name = socket.gethostname().lower()
    return {"localhost", name, f"{name}.local", *listed_names()}


def listed_names() -> Iterable[str]:
    """Those of HOSTS."""
    return {name.strip().lower() for name in os.environ.get(HOSTS, "").split(",")} - {""}


def name_in(host: str) -> str:
    """The name or address in "name:port", "[::1]:port"; "" where it is neither."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _sockets(host: str) -> str:
    """The socket of the page itself: not every browser counts it as 'self'."""
    safe = all(letter.isalnum() or letter in "-.:[]_" for letter in host)
    return f"ws://{host} wss://{host}" if host and safe else ""


async def _refuse(scope: Scope, receive: Receive, send: Send, response: PlainTextResponse) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # before it was accepted: 403
    else:
        await response(scope, receive, send)


async def _send_safely(send: Send, policy: str, message: Message) -> None:
    if message["type"] == "http.response.start":
        headers = MutableHeaders(raw=list(message["headers"]))
        for name in [name for name in headers if name.startswith("access-control-")]:
            del headers[name]  # Streamlit's, to let every page of every site read
        for name, value in (HEADERS | {"content-security-policy": policy}).items():
            headers.setdefault(name, value)
        message = {**message, "headers": headers.raw}
    await send(message)
