"""Answers to what an import asks, as changes of its layout."""

from dataclasses import replace

from vabal_core.types import Answer, Layout


def answered(layout: Layout, answer: Answer) -> Layout:
    """The layout as it is with the answer."""
    kept = tuple(pattern for pattern in layout.exclude if pattern not in answer.take)
    new = tuple(pattern for pattern in answer.leave_out if pattern not in kept)
    names = {**layout.names, **answer.names}
    return replace(layout, exclude=kept + new, names=names, precedence=answer.precedence or layout.precedence)


def is_given(answer: Answer, layout: Layout) -> bool:
    """Whether the layout has it already."""
    return answered(layout, answer) == layout
