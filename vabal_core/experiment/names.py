"""Names of strategies in a list."""

from vabal_core.query.expression import spelled


def split_names(text: str) -> tuple[str, ...]:
    """ "margin,mix(vabal,random,.3)" as ("margin", "mix(vabal, random, 0.3)"): commas within brackets part nothing, and
    each name is spelled one way. ValueError where one cannot be read."""
    names, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            names.append("")
        else:
            names[-1] += letter
    return tuple(spelled(name) for name in names)
