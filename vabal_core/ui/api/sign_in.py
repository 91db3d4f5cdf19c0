"""The pages by which whoever has an account of the Studio's own signs in, sets a password by a link, or changes it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from vabal_core import workspace
from vabal_core.types import Account, Actor, NotSignedIn, StudioError
from vabal_core.ui.api.endpoint import in_waiting_thread
from vabal_core.ui.api.sign_in_form import PAGES, Field, Form, form_fields, form_page, let_in_by, trusted_number
from vabal_core.ui.app.login import let_in, login
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import read_cookie, read_invitation, secret, session_cookie_name

NOT_HERE = "People do not sign in here by a password."
SIGN_IN_ADDRESS = "sign-in"  # beside every page
PASSWORD = Field(label="Password", name="password", type="password", autocomplete="current-password")
NEW_PASSWORD = (
    Field(label="Password, of 10 characters or more", name="password", type="password", autocomplete="new-password"),
    Field(label="The same once more", name="again", type="password", autocomplete="new-password"),
)
SIGN_IN = Form(
    title="Sign in",
    button="Sign in",
    fields=(Field(label="Name", name="name", type="text", autocomplete="username"), PASSWORD),
)
CHANGE = Form(
    title="Change your password",
    words="You stay signed in here; wherever else you are signed in you have to sign in again.",
    button="Change the password",
    fields=(
        replace(PASSWORD, label="Password until now", name="old"),
        replace(NEW_PASSWORD[0], label="New password, of 10 characters or more"),
        NEW_PASSWORD[1],
    ),
    link=(PAGES, "Leave it as it is"),
)
CLOSED = Form(title="This link opens nothing")


async def get_sign_in(request: Request) -> Response:
    """The form. 404 where people do not sign in here."""
    return form_page(SIGN_IN) if login() == "local" else _no_page()


async def post_sign_in(request: Request) -> Response:
    """Sign in: a cookie, and on to the pages. 401 where name and password do not fit, 429 after too many wrong ones."""
    if login() != "local":
        return _no_page()
    fields = await form_fields(request)
    name = fields.get("name", "")
    trusted = await in_waiting_thread(trusted_number, request, name)
    prove = partial(workspace.check_password, studio(), name, fields.get("password", ""), trusted)
    return await let_in_by(request, SIGN_IN, prove, name)


async def get_invitation(request: Request) -> Response:
    """The form by which whoever has the link sets a password. 401 for a link that opens nothing any more."""
    try:
        return form_page(await in_waiting_thread(_invitation_form, request))
    except StudioError as problem:
        return _closed(problem)


async def post_invitation(request: Request) -> Response:
    """Set the password, once, and sign in. 401 as above, 400 for a password that will not do."""
    fields = await form_fields(request)
    try:
        form = await in_waiting_thread(_invitation_form, request)
    except StudioError as problem:
        return _closed(problem)
    return await let_in_by(request, form, partial(_accept, request, fields))


async def get_password(request: Request) -> Response:
    """The form by which whoever is signed in changes their password; who is not is sent to sign in."""
    if login() != "local":
        return _no_page()
    try:
        await in_waiting_thread(_signed_in, request)
    except NotSignedIn:
        return RedirectResponse(SIGN_IN_ADDRESS, status_code=303)
    return form_page(CHANGE)


async def post_password(request: Request) -> Response:
    """Change it, and end the person's other sessions. 401 and 429 as for signing in, 400 as for a link."""
    if login() != "local":
        return _no_page()
    fields = await form_fields(request)
    try:
        actor = await in_waiting_thread(_signed_in, request)
    except NotSignedIn:
        return RedirectResponse(SIGN_IN_ADDRESS, status_code=303)
    return await let_in_by(request, CHANGE, partial(_change, request, actor, fields))


def _invitation_form(request: Request) -> Form:
    name, invited_at = _link(request)
    workspace.invited_account(studio(), name, invited_at)
    words = f"Choose a password. From now on you sign in with it, under the name {name}."
    return Form(title=f"Welcome, {name}", words=words, button="Set the password", fields=NEW_PASSWORD)


def _accept(request: Request, fields: Mapping[str, str]) -> Account:
    return workspace.accept_invitation(studio(), *_link(request), _new_password(fields))


def _change(request: Request, actor: Actor, fields: Mapping[str, str]) -> Account:
    new, trusted = _new_password(fields), trusted_number(request, actor.name)
    return workspace.change_password(studio(), actor, fields.get("old", ""), new, trusted)


def _new_password(fields: Mapping[str, str]) -> str:
    password = fields.get("password", "")
    if password != fields.get("again"):
        raise StudioError("The two passwords differ. Type the same one twice.")
    return password


def _link(request: Request) -> tuple[str, datetime]:
    ws = studio()
    if login() != "local":
        raise NotSignedIn(NOT_HERE)
    return read_invitation(secret(ws.data_dir), workspace.database_identity(ws), request.query_params.get("link", ""))


def _signed_in(request: Request) -> Actor:
    key, database = secret(studio().data_dir), workspace.database_identity(studio())
    cookie = request.cookies.get(session_cookie_name(key, database), "")
    return replace(let_in(studio(), read_cookie(key, database, cookie)), page="password")


def _closed(problem: StudioError) -> Response:
    way_in = (SIGN_IN_ADDRESS, "Sign in") if login() == "local" else None
    return form_page(replace(CLOSED, link=way_in), str(problem), 401)


def _no_page() -> Response:
    return PlainTextResponse(NOT_HERE, status_code=404)


SIGN_IN_ROUTES = [
    Route("/sign-in", get_sign_in, methods=["GET"]),
    Route("/sign-in", post_sign_in, methods=["POST"]),
    Route("/invitation", get_invitation, methods=["GET"]),
    Route("/invitation", post_invitation, methods=["POST"]),
    Route("/password", get_password, methods=["GET"]),
    Route("/password", post_password, methods=["POST"]),
]
