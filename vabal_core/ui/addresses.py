"""Signed addresses: of images, exports, reports, previews and uploads, as pages hand them out.

An address says which project it is about and, where people sign in, whose session it belongs to: it opens nothing after
that session. What stands before the signature is signed, with the database that it was made for; what a page adds
behind it (the name of a file that it sends) is not.
"""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from itsdangerous import Signer

from vabal_core.types import ExportRequest, NotAllowed, Scale
from vabal_core.ui.signing import Session
from vabal_core.workspace import LogFilter

SIGNATURE = "signature"
NOT_OURS = "This address was not made by this Studio. Reload the page."

Choices = Sequence[tuple[str, object]]


def image_url(key: str, session: Session, image_id: int, fingerprint: str, size: str, scale: str) -> str:
    """Address of an image: the same throughout a session (browsers may keep it), another one when the content changes,
    or the `scale` by which the project shows it."""
    return "/" + _signed(key, session, f"api/images/{image_id}/{size}", [("version", fingerprint[:12] + scale)])


def export_url(key: str, session: Session, request: ExportRequest | None = None) -> str:
    """Address of an export of a project: left out, of its labels as CSV."""
    choices = [] if request is None else _choices(request)
    return "/" + _signed(key, session, f"api/exports/{session.project_id}", choices)


def report_url(key: str, session: Session, made_by: str, *, names: bool) -> str:
    """Address of the report of a project, made by this person, with the names of people or without."""
    choices = [("made_by", made_by), ("names", int(names))]
    return "/" + _signed(key, session, f"api/reports/{session.project_id}", choices)


def trail_url(key: str, session: Session, trail: str, chosen: LogFilter) -> str:
    """Address of a log of who changed what, as far as it passes the filter."""
    times = [(name, moment.isoformat()) for name in ("since", "until") if (moment := getattr(chosen, name))]
    texts = [(name, text) for name in ("kind", "image") if (text := getattr(chosen, name))]
    choices = [*times, *texts, ("class", "" if chosen.class_id is None else chosen.class_id)]
    return "/" + _signed(key, session, f"api/audit/{session.project_id}/{trail}", [("of", chosen.person), *choices])


def upload_owner(browser: str) -> str:
    """What a browser's uploads are called on the server: not by its name, which is a secret."""
    return sha256(browser.encode()).hexdigest()[:16]


def upload_url(key: str, session: Session, owner: str) -> str:
    """Address, below the page's own, to which the files of one browser go."""
    return _signed(key, session, f"api/uploads/{owner}", [])


def preview_url(key: str, session: Session, file: Path, scale: Scale | None = None) -> str:
    """Address, below the page's own, of a thumbnail of an image that is not imported yet, shown by `scale`."""
    shown = "" if scale is None else f"{scale.low!r}:{scale.high!r}"
    return _signed(key, session, "api/previews", [("file", file), ("scale", shown)])


def session_of_address(key: str, database: str, path: str, query: str) -> Session:
    """Whose address it is, by the path and the query of a request; NotAllowed for one that was not signed here, or for
    another database."""
    signed, _, signature = query.partition(f"&{SIGNATURE}=")
    pairs = parse_qsl(signed, keep_blank_values=True)
    address = "api/" + path.partition("/api/")[2]
    text = f"{database}|{address}?{urlencode(pairs)}"
    if not _signer(key).verify_signature(text, signature.partition("&")[0]):
        raise NotAllowed(NOT_OURS)
    choices = dict(pairs)
    began, project_id = float(choices.get("began", 0)), int(choices["project"])
    return Session(database=database, name=choices.get("person", ""), began=began, project_id=project_id)


def _signed(key: str, session: Session, path: str, choices: Choices) -> str:
    pairs = [("project", session.project_id), *choices]
    if session.began:  # else nobody signs in, and an address is the same for everybody
        pairs += [("person", session.name), ("began", repr(session.began))]
    address = f"{path}?{urlencode(pairs)}"
    signature = _signer(key).get_signature(f"{session.database}|{address}").decode()
    return f"{address}&{SIGNATURE}={signature}"


def _choices(request: ExportRequest) -> list[tuple[str, str]]:
    choices = [("format", request.format), ("content", request.content), ("split", request.split or "")]
    choices += [("class", str(class_id)) for class_id in request.class_ids]
    choices += [("by", name) for name in request.annotators] + [("excel", "1" if request.excel else "")]
    return [choice for choice in choices if choice[1]]


def _signer(key: str) -> Signer:
    return Signer(key, salt="address")
