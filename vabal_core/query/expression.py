"""Names of strategies as a small language: a name, or a combinator with names and numbers in brackets."""

import ast
from collections.abc import Mapping
from functools import lru_cache

from vabal_core.query.combinators import COMBINATORS
from vabal_core.query.strategy import Strategy

MAX_CHARACTERS = 200  # of a name: nobody nests deeper, and Python's parser is not put to the test


def build(name: str, strategies: Mapping[str, Strategy]) -> Strategy:
    """The strategy that `name` describes, of those in `strategies` and COMBINATORS.

    ValueError says what cannot be understood, at which character (from 1), and what can stand there.
    """
    return _build(_parse(name), name, strategies)


def spelled(name: str) -> str:
    """The one way to write the strategy that `name` describes: "mix(a,b,.2)" as "mix(a, b, 0.2)"; ValueError where it
    cannot be read."""
    return ast.unparse(_parse(name))


def _parse(name: str) -> ast.expr:
    if not isinstance(name, str) or len(name) > MAX_CHARACTERS:
        raise ValueError(f"strategy {name!r} is no name of at most {MAX_CHARACTERS} characters")
    try:
        return _tree(name.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        place = f" at character {error.offset}" if getattr(error, "offset", None) else ""
        raise ValueError(f"strategy {name!r} cannot be read{place}: write a name, or {_forms()}") from None


@lru_cache(maxsize=200)  # each label asks what its project's strategy is
def _tree(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _build(node: ast.expr, name: str, strategies: Mapping[str, Strategy]) -> Strategy:
    match node:
        case ast.Name(id=plain) if plain in strategies:
            return strategies[plain]
        case ast.Call(func=ast.Name(id=word), args=operands, keywords=[]) if word in COMBINATORS:
            combinator = COMBINATORS[word]
            if not 0 <= len(combinator.operands) - len(operands) <= combinator.optional:
                raise _wrong(node, name, f"has {len(operands)} in its brackets: write {word}({combinator.form})")
            kinds = zip(combinator.operands, operands, strict=False)
            return combinator.build(*(_operand(kind, operand, name, strategies) for kind, operand in kinds))
    raise _wrong(node, name, f"is unknown: choose one of {', '.join(strategies)}, or {_forms()}")


def _operand(kind: str, node: ast.expr, name: str, strategies: Mapping[str, Strategy]) -> Strategy | float:
    if kind in _RANGES:
        value = node.value if isinstance(node, ast.Constant) and type(node.value) in (int, float) else float("nan")
        if not 0 < value < (1 if kind == "share" else float("inf")):
            raise _wrong(node, name, f"is no {kind}: write a number {_RANGES[kind]}")
        return value
    strategy = _build(node, name, strategies)
    if kind == "score" and strategy.score is None:
        scores = [plain for plain, other in strategies.items() if other.score]
        raise _wrong(node, name, f"chooses by no score: write one of {', '.join(scores)}, or power(...) of one")
    return strategy


_RANGES = {"share": "between 0 and 1", "beta": "above 0"}


def _wrong(node: ast.expr, name: str, what: str) -> ValueError:
    text = name.strip()
    part, before = ast.get_source_segment(text, node), text.encode()[: node.col_offset].decode()
    where = "" if part == text else f": {part!r} at character {len(before) + 1}"
    return ValueError(f"strategy {name!r}{where} {what}")


def _forms() -> str:
    return ", ".join(f"{word}({combinator.form})" for word, combinator in COMBINATORS.items())
