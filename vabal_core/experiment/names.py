"""Names of strategies in a list."""


def split_names(text: str) -> tuple[str, ...]:
    """ "margin,mix(vabal,random,0.3)" as ("margin", "mix(vabal,random,0.3)"): commas within brackets part nothing."""
    names, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            names.append("")
        else:
            names[-1] += letter
    return tuple(name.strip() for name in names)
