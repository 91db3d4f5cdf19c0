"""Who does something, and what they may do: each verb that writes takes an Actor as its second argument.

Where nobody signs in, whoever opens the Studio may do everything: a name is all that tells them apart.
"""

from collections.abc import Mapping
from typing import Literal

from vabal_core.types import Actor, NotAllowed, Role

Right = Literal["label", "describe", "learn", "review", "export", "audit", "import", "accounts", "operate"]
OF_REVIEWERS: frozenset[Right] = frozenset({"label", "describe", "learn", "review", "export", "audit"})
RIGHTS: Mapping[Role, frozenset[Right]] = {
    "labeller": frozenset({"label"}),
    "reviewer": OF_REVIEWERS,
    "admin": OF_REVIEWERS | {"import", "accounts", "operate"},
}
ARTICLES: Mapping[Role, str] = {"labeller": "a labeller", "reviewer": "a reviewer", "admin": "an admin"}
WORDS: Mapping[Right, str] = {
    "label": "label images",
    "describe": "change classes and their guide",
    "learn": "start or stop rounds, or change settings",
    "review": "decide between labels of others",
    "export": "take labels or images away",
    "audit": "see who changed what",
    "import": "make projects or import images",
    "accounts": "change who may come in",
    "operate": "see how the server runs",
}
# Whose labels the hidden truth of an import becomes.
ORACLE = Actor(id="demo oracle", name="demo oracle", role="labeller")
# What the Studio does by itself: make the demo, start the rounds that are due.
STUDIO = Actor(id="studio", name="studio", role="admin")


def person(name: str) -> Actor:
    """Whoever goes by this name. ValueError where it is empty."""
    if not name.strip():
        raise ValueError("a label needs the name of its annotator, and it is empty")
    return Actor(id=name.strip(), name=name.strip(), role="admin")


def may(actor: Actor, right: Right) -> bool:
    """Whether the actor's role has the right."""
    return right in RIGHTS[actor.role]


def why_not_allowed(actor: Actor, right: Right) -> str:
    """Why the actor's role does not have the right, in words; "" where it has."""
    if may(actor, right):
        return ""
    allowed = [ARTICLES[role] for role, rights in RIGHTS.items() if right in rights]
    return f"{actor.name} is {ARTICLES[actor.role]} and may not {WORDS[right]}: ask {' or '.join(allowed)}."


def require_right(actor: Actor, right: Right) -> None:
    """NotAllowed, in words, where the actor's role does not have the right."""
    if reason := why_not_allowed(actor, right):
        raise NotAllowed(reason)
