"""The process that decodes what Pillow does not: requests on standard input, answers on standard output.

A request is a line of JSON: the format, and the path of the file or the number of its bytes, which follow. An answer
is a line of JSON, {"reason"} or what an array is like, and then the array's bytes. No pickle: a hostile file may rule
here.
"""

import json
import logging
import os
import sys
from contextlib import suppress
from io import BytesIO
from typing import Any, BinaryIO

from vabal_core.images.raster import Raster
from vabal_core.images.unreadable import Unreadable, in_words

MAX_BYTES = 8 * 2**30  # of addresses: a decoder that asks for more is told that there is none


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answers one request after another until the input ends."""
    while line := requests.readline():
        request = json.loads(line)
        content = requests.read(request["bytes"]) if "bytes" in request else None
        try:
            raster = _read(request, content)
        except Unreadable as error:
            _answer(answers, {"reason": str(error)})
        except ImportError as error:
            package = str(error.name).replace("_", "-")
            reason = f"a {request['format']} file of a kind that is read where the package {package} is installed"
            _answer(answers, {"reason": f"{reason}: pip install {package}"})
        except Exception as error:  # a hostile file makes a decoder raise anything
            _answer(answers, {"reason": in_words(error)})
        else:
            _send(answers, raster)


def _read(request: dict[str, Any], content: bytes | None) -> Raster:
    from vabal_core.images.apart.codecs import read_coded  # here, so that a package that is missing is a reason
    from vabal_core.images.apart.tiff import read_tiff

    with open(request["path"], "rb") if content is None else BytesIO(content) as stream:
        return read_tiff(stream) if request["format"] == "TIFF" else read_coded(stream, request["format"])


def _send(answers: BinaryIO, raster: Raster) -> None:
    values = raster.values.astype(raster.values.dtype.newbyteorder("<"), copy=False)
    answer = {"shape": values.shape, "type": values.dtype.str, "alpha": raster.alpha is not None}
    _answer(answers, answer | {"inverted": raster.inverted, "remark": raster.remark})
    for array in (values, raster.alpha):
        if array is not None:
            answers.write(array.tobytes())
    answers.flush()


def _answer(answers: BinaryIO, content: dict[str, Any]) -> None:
    answers.write(json.dumps(content).encode() + b"\n")
    answers.flush()


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    # A library that prints must not speak in place of an answer.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)
    _limit_memory()
    serve(sys.stdin.buffer, output)
