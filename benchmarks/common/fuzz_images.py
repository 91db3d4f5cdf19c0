"""A process that fuzzes the reading of images: `fuzz_images.py SECONDS CORPUS`; its end is not 0 where it found an
error that is no refusal in words. Coverage of the Studio's own code guides it (atheris)."""

import sys
import warnings

import atheris

with atheris.instrument_imports(include=["vabal_core.images", "PIL"]):
    from vabal_core.images import decode
    from vabal_core.images.unreadable import Unreadable

APART = (b"jP  ", b"JXL ", b"ftyp")  # read in a process apart, some ten a second: the other cases try these formats


def read_once(content: bytes) -> None:
    """Raises where a file is neither read nor refused in words."""
    if content[:2] in (b"II", b"MM", b"\xff\x0a") or content[4:8] in APART:
        return
    try:
        decode.inspect(content)
        decode.read_pixels(content, colour=False)
    except Unreadable as error:
        assert f"{error}".strip()


def main() -> None:
    warnings.simplefilter("ignore", ResourceWarning)
    seconds, corpus = sys.argv[1:]
    limits = [
        f"-max_total_time={seconds}",
        "-rss_limit_mb=4096",
        "-timeout=60",
        "-max_len=65536",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *limits, corpus], read_once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
