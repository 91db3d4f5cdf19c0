"""Formats of annotations that other programs write: one file a format, each read into the same nouns."""
