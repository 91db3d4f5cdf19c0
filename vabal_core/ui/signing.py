"""Signed tokens: who labels in which project, and which image addresses this server has handed out.

The secret lies in the data folder, so that a page left open goes on working after the server was restarted.
"""

import os
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe
from urllib.parse import urlencode

from filelock import FileLock
from itsdangerous import BadSignature, Signer, URLSafeSerializer

from vabal_core.types import Actor, ExportRequest, Scale, StudioError
from vabal_core.workspace import person

SECRET_FILE = "secret"
UNNAMED = "unnamed"


@dataclass(frozen=True)
class Session:
    """Who sends a label, and the one project the token was made for."""

    project_id: int
    actor: Actor


@lru_cache(maxsize=8)
def secret(data_dir: Path) -> str:
    """The server's secret, made on first use and readable by its owner alone (mode 0600).

    Servers that start at once agree on one, and a crash leaves a whole one or none. StudioError where the file holds
    something that is no secret, or may not be read or written.
    """
    path = data_dir / SECRET_FILE
    try:
        return _read_secret(path) or _make_secret(path)
    except OSError as error:
        raise StudioError(
            f"The secret in {path} cannot be used: {error}. Check its rights and the free space."
        ) from error


def _read_secret(path: Path) -> str:
    """ "" where there is none, or only what a crash left of one that was never used: no bytes, or zeros."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return ""
    try:
        return content.strip(b"\0 \t\r\n").decode("ascii")
    except UnicodeDecodeError:
        raise StudioError(
            f"The secret in {path} is damaged: {len(content)} bytes that are no plain text. Put the file back from a "
            "backup; or delete it, start the Studio again and reload the pages that are open."
        ) from None


def _make_secret(path: Path) -> str:
    # A lock, not a hard link: some file systems have no links, and an empty file of old has to make way.
    with FileLock(path.with_name(f"{SECRET_FILE}.lock")):
        if made_meanwhile := _read_secret(path):
            return made_meanwhile
        key = token_urlsafe(32)
        beside = path.with_name(f"{SECRET_FILE}.new")
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key)
            file.flush()
            os.fsync(descriptor)
        os.replace(beside, path)
        return key


def studio_id(key: str) -> str:
    """A short public name of this installation: labels kept in a browser go back to no other."""
    return Signer(key, salt="studio").get_signature(b"studio").decode()[:12]


def session_token(key: str, session: Session) -> str:
    return URLSafeSerializer(key, salt="person").dumps([session.project_id, session.actor.name])


def read_session(key: str, token: str) -> Session:
    """The session of a token; StudioError for one this server did not make."""
    try:
        project_id, name = URLSafeSerializer(key, salt="person").loads(token)
    except BadSignature:
        raise StudioError("This page was opened on another Studio. Reload it.") from None
    return Session(project_id, person(name))


def _image_signature(key: str, project_id: int, image_id: int, size: str) -> str:
    return Signer(key, salt="image").get_signature(f"{project_id}/{image_id}/{size}".encode()).decode()


def image_url(key: str, project_id: int, image_id: int, fingerprint: str, size: str, scale: str) -> str:
    """Address of an image: the same at every visit (browsers may keep it), another one when the content changes, or the
    `scale` by which the project shows it."""
    signature = _image_signature(key, project_id, image_id, size)
    return f"/api/images/{image_id}/{size}?project={project_id}&version={fingerprint[:12]}{scale}&signature={signature}"


def image_allowed(key: str, project_id: int, image_id: int, size: str, signature: str) -> bool:
    signer = Signer(key, salt="image")
    return signer.verify_signature(f"{project_id}/{image_id}/{size}".encode(), signature)


def export_url(key: str, project_id: int, request: ExportRequest | None = None) -> str:
    """Address of an export of a project: left out, of its labels as CSV."""
    signature = _export_signer(key).get_signature(str(project_id).encode()).decode()
    choices = [] if request is None else _choices(request)
    return f"/api/exports/{project_id}?{urlencode([*choices, ('signature', signature)])}"


def _choices(request: ExportRequest) -> list[tuple[str, str]]:
    choices = [("format", request.format), ("content", request.content), ("split", request.split or "")]
    choices += [("class", str(class_id)) for class_id in request.class_ids]
    choices += [("by", name) for name in request.annotators] + [("excel", "1" if request.excel else "")]
    return [choice for choice in choices if choice[1]]


def export_allowed(key: str, project_id: int, signature: str) -> bool:
    return _export_signer(key).verify_signature(str(project_id).encode(), signature)


def _export_signer(key: str) -> Signer:
    return Signer(key, salt="export")


def report_url(key: str, project_id: int, made_by: str, *, names: bool) -> str:
    """Address of the report of a project, made by this person, with the names of people or without."""
    signature = _report_signer(key).get_signature(_report(project_id, made_by, names)).decode()
    choices = {"by": made_by, "names": int(names), "signature": signature}
    return f"/api/reports/{project_id}?{urlencode(choices)}"


def report_allowed(key: str, project_id: int, made_by: str, names: bool, signature: str) -> bool:
    return _report_signer(key).verify_signature(_report(project_id, made_by, names), signature)


def _report(project_id: int, made_by: str, names: bool) -> bytes:
    return f"{project_id}|{int(names)}|{made_by}".encode(errors="surrogateescape")


def _report_signer(key: str) -> Signer:
    return Signer(key, salt="report")


def upload_owner(browser: str) -> str:
    """What a browser's uploads are called on the server: not by its name, which is a secret."""
    return sha256(browser.encode()).hexdigest()[:16]


def upload_url(key: str, owner: str) -> str:
    """Address, below the page's own, to which the files of one browser go."""
    return f"api/uploads/{owner}?signature={_upload_signer(key).get_signature(owner.encode()).decode()}"


def upload_allowed(key: str, owner: str, signature: str) -> bool:
    return _upload_signer(key).verify_signature(owner.encode(), signature)


def _upload_signer(key: str) -> Signer:
    return Signer(key, salt="upload")


def preview_url(key: str, file: Path, scale: Scale | None = None) -> str:
    """Address, below the page's own, of a thumbnail of an image that is not imported yet, shown by `scale`."""
    shown = "" if scale is None else f"{scale.low!r}:{scale.high!r}"
    signature = _preview_signer(key).get_signature(_preview(str(file), shown)).decode()
    return f"api/previews?{urlencode({'file': file, 'scale': shown, 'signature': signature})}"


def preview_allowed(key: str, file: str, scale: str, signature: str) -> bool:
    return _preview_signer(key).verify_signature(_preview(file, scale), signature)


def _preview(file: str, scale: str) -> bytes:
    return f"{scale}|{file}".encode(errors="surrogateescape")


def _preview_signer(key: str) -> Signer:
    return Signer(key, salt="preview")
