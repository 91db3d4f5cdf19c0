"""LEAVE: the labelled set as files other programs read."""
