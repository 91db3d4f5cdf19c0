"""What went wrong, said on the page: an error that no page expected would reach a person as the name of its class."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from vabal_core.types import StudioError
from vabal_core.ui.app.format import plain


def show_error(problem: Exception) -> None:
    st.error(plain(str(problem)))


@contextmanager
def show_errors() -> Iterator[None]:
    """Show a StudioError in its own words and go on behind the block.

    Fragments and callbacks need it as a decorator of their own: they are run again without the page around them.
    """
    try:
        yield
    except StudioError as problem:
        show_error(problem)
