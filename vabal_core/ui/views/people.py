"""Accounts on a page: who may come in, their role, a link for a password, and who sees the project."""

from collections.abc import Callable
from socket import gethostname
from typing import Any, get_args
from urllib.parse import urljoin, urlsplit

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Account, Actor, Role
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.guard import listed_names
from vabal_core.ui.app.kept_form import empty_fields_done, empty_next_time
from vabal_core.ui.app.login import is_loopback, login
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import invitation, secret

ROLES: dict[Role, str] = {
    "labeller": "Labeller: gives labels",
    "reviewer": "Reviewer: also changes classes, starts rounds, takes labels away as a file",
    "admin": "Admin: everything, in every project",
}
LINK = "invitation_link"  # in the session: (name, link) of the link that was made last


def members_view(context: PageContext) -> None:
    """Who sees the project, beside every admin."""
    accounts = [row for row in workspace.list_accounts(context.ws, context.actor) if row.role != "admin"]
    names = {row.id: row.name for row in accounts if row.disabled_at is None}
    members = workspace.project_members(context.ws, context.actor, context.project.id)
    key = context.key("members")

    def change() -> None:
        kept = members - set(names)  # who is disabled stays a member, for the day when they are not
        with show_errors():
            workspace.set_members(context.ws, context.actor, context.project.id, kept | set(st.session_state[key]))

    st.subheader(plain(f"Who sees “{context.project.name}”"), anchor=False)
    if not names:
        st.caption("Every admin. There is nobody else yet: add people below, then choose them here.")
        return
    st.multiselect(
        "Members, beside every admin",
        list(names),
        sorted(members & set(names)),
        key=key,
        format_func=names.get,
        placeholder="Nobody yet",
        on_change=change,
    )


def people_view(actor: Actor) -> None:
    """Every account with what an admin may do about it."""
    accounts = workspace.list_accounts(studio(), actor)
    st.subheader("Who may come in", anchor=False)
    if made := st.session_state.get(LINK):
        name, link = made
        st.success(plain(f"The link for {name}. Send it to them alone: whoever opens it first sets the password."))
        st.code(link, language=None, wrap_lines=True)
        st.caption("It works once, within 7 days. A new link for the same person closes this one.")
        if hint := only_here(link):
            st.warning(plain(hint))
    for account in accounts:
        _person(actor, account)


def _person(actor: Actor, account: Account) -> None:
    disabled = account.disabled_at is not None
    with st.container(horizontal=True, vertical_alignment="center", key=f"person-{account.id}"):
        st.markdown(f"**{plain(account.name)}**  \n:small[{plain(_standing(account))}]", width=260)
        _role(actor, account)
        if disabled:
            _button("Enable", f"enable-{account.id}", workspace.enable_account, actor, account)
            return
        if login() == "local":
            label = "New link" if account.has_password or account.invited_at else "Link for a password"
            _button(label, f"invite-{account.id}", make_link, actor, account)
        _button("Disable", f"disable-{account.id}", workspace.disable_account, actor, account)


def _standing(account: Account) -> str:
    if account.disabled_at is not None:
        return f"disabled since {account.disabled_at:%Y-%m-%d}"
    if login() == "openid":
        return account.subject or "has no e-mail address here: cannot sign in"
    if account.invited_at is not None:
        return "has a link that is not used yet"
    return "signs in with a password" if account.has_password else "has no password yet"


def _role(actor: Actor, account: Account) -> None:
    key = f"role-{account.id}-{account.role}"  # one that was refused shows the role that stays

    def change() -> None:
        with show_errors():
            workspace.set_role(studio(), actor, account.id, st.session_state[key])

    roles = list(get_args(Role))
    st.selectbox(
        f"Role of {account.name}",
        roles,
        roles.index(account.role),
        key=key,
        format_func=str.capitalize,
        on_change=change,
        label_visibility="collapsed",
        width=160,
    )


def _button(label: str, key: str, verb: Callable[..., Any], actor: Actor, account: Account) -> None:
    st.button(label, key=key, on_click=show_errors()(verb), args=(studio(), actor, account.id))


def make_link(ws: workspace.Workspace, actor: Actor, account_id: int) -> None:
    """A link by which the person sets a password, shown from the next run on."""
    account = workspace.invite(ws, actor, account_id)
    part = invitation(secret(ws.data_dir), workspace.database_identity(ws), account)
    st.session_state[LINK] = account.name, urljoin(st.context.url or "", f"invitation?link={part}")


def only_here(link: str) -> str:
    """What to do about a link that no other computer can open; "" where its address is not this computer's own."""
    here = urlsplit(link).hostname or ""
    if not is_loopback(here):
        return ""
    name = max(listed_names(), key=len, default=gethostname())  # the longest is the one that others know
    return (
        f"This link opens on this very computer alone: you came here by {here}. For somebody at another one write the "
        f"name by which others reach the Studio in its place, perhaps {name}; or come by that name yourself, and make "
        "a new link."
    )


def new_person_form(actor: Actor) -> None:
    """Add somebody; by a password of their own they get a link for it at once."""
    st.subheader("Add somebody", anchor=False)
    empty_fields_done()
    with st.form("new_person"):
        name = st.text_input("Name", key="new_person_name", help="It is written beside each label, and stays.")
        subject = ""
        if login() == "openid":
            subject = st.text_input("E-mail address, as the identity provider has it", key="new_person_subject")
        role = st.selectbox("Role", list(ROLES), key="new_person_role", format_func=ROLES.get)
        # The link made before is gone from the page, whatever comes of this.
        added = st.form_submit_button(
            "Add", type="primary", key="new_person_add", on_click=st.session_state.pop, args=(LINK, None)
        )
    if added:
        with show_errors():
            account = workspace.make_account(studio(), actor, name, role, subject)
            if login() == "local":
                make_link(studio(), actor, account.id)
            empty_next_time("new_person_name", "new_person_subject")
            st.rerun()
