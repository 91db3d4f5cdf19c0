"""Before the server starts: its log, its limit of open files, and whether its Studio can be opened at all."""

import logging
import sys
from contextlib import suppress

from vabal_core.types import StudioError
from vabal_core.ui.app.log import write_log
from vabal_core.ui.app.login import check_login
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import secret

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None

SOME_FILES = 65_536  # where the system sets no limit
FEW_FILES = 1_024
# A label asks the database some twenty times, and after each answer waits for the interpreter again: behind the threads
# of pictures and pages, Python's own 5 ms each would add up to tenths of a second.
SWITCH_SECONDS = 0.0005
log = logging.getLogger(__name__)


def prepare_server() -> None:
    """Open the Studio: where it cannot be, that is said in words, with exit code 1 and before anybody is let in."""
    try:
        write_log()
        check_login()
        raise_file_limit()
        sys.setswitchinterval(SWITCH_SECONDS)
        secret(studio().data_dir)
    except StudioError as problem:
        log.critical("the Studio does not start", extra={"reason": str(problem)})
        print(f"\n  The Studio does not start. {problem}\n", flush=True)
        raise SystemExit(1) from None


def raise_file_limit() -> None:
    """Let this process open as many files as the system allows it: many systems begin with 256 or 1,024, which some
    dozens of open pages use up (9 each; 3 for two minutes after one was closed, while Streamlit keeps its session, of
    128 at most); then nobody else is let in."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = SOME_FILES if hard == resource.RLIM_INFINITY else hard
    with suppress(ValueError, OSError):  # a system that names a limit which it does not grant
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    if most < FEW_FILES:
        log.warning("few files may be open at once: raise the limit (ulimit -Hn)", extra={"files": most})
