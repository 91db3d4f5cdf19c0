"""Who does something, and the account by which they may."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Role = Literal["labeller", "reviewer", "admin"]


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who does something. `id` is what tells people apart, `name` what is written beside their labels; `page`: where
    they do it from, "" for the Studio itself."""

    id: str
    name: str
    role: Role
    page: str = ""


@dataclass(frozen=True, kw_only=True)
class Account:
    """A person who may sign in, under the `name` that their labels carry. `subject`: what an identity provider calls
    them, an e-mail address as a rule; `invited_at`: when the link was made that sets their password, None where there
    is none that still does; sessions that began before `signed_out_at` are over. The password is nowhere in it."""

    id: int
    name: str
    role: Role
    subject: str | None
    has_password: bool
    created_at: datetime
    disabled_at: datetime | None = None
    invited_at: datetime | None = None
    signed_out_at: datetime | None = None
