"""Strategies made of others, by name: `balanced(margin)`, `mix(vabal, random, 0.2)`, `novel(margin)`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from vabal_core.query.distinct import distinct
from vabal_core.query.mixture import mix
from vabal_core.query.novel import novel
from vabal_core.query.power import power
from vabal_core.query.quota import balanced
from vabal_core.query.strategy import Strategy

# A strategy that chooses by a score; any strategy; a number between 0 and 1; a number above 0.
Operand = Literal["score", "strategy", "share", "beta"]


@dataclass(frozen=True, kw_only=True)
class Combinator:
    """How a strategy is made: `operands` in their order, of which the last `optional` may be left out."""

    build: Callable[..., Strategy]
    operands: tuple[Operand, ...]
    optional: int = 0

    @property
    def form(self) -> str:
        """What stands in its brackets: "score[, beta]"."""
        needed = len(self.operands) - self.optional
        return ", ".join(self.operands[:needed]) + "".join(f"[, {operand}]" for operand in self.operands[needed:])


COMBINATORS = {
    "balanced": Combinator(build=balanced, operands=("score",)),
    "distinct": Combinator(build=distinct, operands=("strategy",)),
    "novel": Combinator(build=novel, operands=("score",)),
    "mix": Combinator(build=mix, operands=("strategy", "strategy", "share")),
    "power": Combinator(build=power, operands=("score", "beta"), optional=1),
}
