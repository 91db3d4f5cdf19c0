"""How people are called in a report: by name, or by a number where names are to be left out."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from vabal_core.store.labels import IMPORTED
from vabal_core.workspace.people import ORACLE, STUDIO

NOBODY = {IMPORTED: "brought along by an import", ORACLE.name: "simulation", STUDIO.name: "the Studio itself"}


@dataclass(frozen=True, kw_only=True)
class People:
    """Who has which number; None: everybody is called by name."""

    numbers: dict[str, int] | None = field(default=None)

    def shown(self, name: str) -> str:
        """What stands in the report for this name; somebody who has none yet gets the next number."""
        if name in NOBODY or self.numbers is None:
            return NOBODY.get(name, name)
        return f"Person {self.numbers.setdefault(name, len(self.numbers) + 1)}"


def people_of(annotators: Sequence[str], *, names: bool) -> People:
    """People by name, or by numbers given in the order of `annotators`."""
    people = People(numbers=None if names else {})
    for name in annotators:
        people.shown(name)
    return people
