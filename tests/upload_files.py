"""Files as a browser sends them, one upload of one browser."""

import io

from PIL import Image

from vabal_core import workspace

UPLOAD = "ab12-0123456789abcdef"


def send(ws: workspace.Workspace, path: str, content: bytes) -> None:
    with workspace.receive_file(ws, UPLOAD, path) as file:
        file.write(content)


def png(grey: int) -> bytes:
    out = io.BytesIO()
    Image.new("L", (8, 8), grey).save(out, "PNG")
    return out.getvalue()
