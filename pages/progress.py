"""Progress: what the labels have brought."""

from vabal_core.ui.frame import enter

place = enter("Progress")
