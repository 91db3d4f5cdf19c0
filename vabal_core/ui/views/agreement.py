"""How far people agree who labelled the same images, which classes they mix up, and how each of them labels."""

from math import isfinite
from typing import Any

import pandas as pd
import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.format import percent
from vabal_core.ui.views.twice_labelled import labelled_twice, second_look_settings
from vabal_core.ui.views.word_table import word_table
from vabal_core.workspace import MIN_TWICE_LABELLED, Estimate, PeopleAgreement, PersonFacts

NONE_YET = (
    "No image has been labelled by two people who did not see each other’s labels. The Studio can give a share of the "
    "images, drawn by chance, to a second person as well, among all others: nobody can tell which."
)
# What is computed, and what it says in plain words.
MEASURES = {
    "percent": ("The same class", "of two labels of one image"),
    "cohen": ("Cohen’s kappa", "two people: 0 is as often as by chance, 1 is always"),
    "fleiss": ("Fleiss’ kappa", "any number of people: 0 is as often as by chance, 1 is always"),
    "alpha": ("Krippendorff’s alpha", "the same, also where some labelled an image and others did not"),
}
WHY_KAPPA = (
    "Where nine of ten images are of one class, two people who only guess already say the same of most. Kappa and "
    "alpha take off what chance alone brings. The range beside a number holds the true one in about 95 of 100 cases."
)
OPEN = "Images on which people differ count as soon as somebody has decided: until then the share reads too high."
FOR_WHOM = {
    True: "Each person sees their own line here; you see all, since you decide between labels.",
    False: "Nobody but you and those who decide between labels sees this line.",
}
NOT_A_RACE = (
    "Hard images fall to some more than to others, and a label that differs may be the right one: these numbers say "
    "where to talk about a class, not who is good."
)


def people_view(context: PageContext) -> None:
    """In all, by class, by pair of people, and each person."""
    counts = workspace.second_look_counts(context.ws, context.project.id)
    people = workspace.people_agreement(context.ws, context.project.id)
    may_review = workspace.may(context.actor, "review")
    st.write(labelled_twice(counts) if counts.labelled_twice else NONE_YET)
    if people.overall.percent.count:
        _overall(people)
        _mixed_up(people, may_review)
        _pairs(context, people, may_review)
    if people.unclassed:
        images = "1 image, of" if people.unclassed == 1 else f"{people.unclassed:,} images, of each of"
        st.caption(f"Left out above: {images} which fewer than two people named a class.")
    if counts.waiting:
        images = "1 image waits" if counts.waiting == 1 else f"{counts.waiting:,} images wait"
        st.caption(f"{images} for a second person. Whoever labels next gets them among the others.")
    _people(context, may_review, counts.differing)
    if workspace.may(context.actor, "learn"):
        second_look_settings(context)


def _overall(people: PeopleAgreement) -> None:
    share = people.overall.percent
    rows = [_measure(name, getattr(people.overall, name)) for name in MEASURES]
    word_table(pd.DataFrame([row for row in rows if row]), "agreement")
    st.caption(WHY_KAPPA)
    if share.count < MIN_TWICE_LABELLED:
        st.caption(f"Kappa and alpha are told from {MIN_TWICE_LABELLED} such images on: fewer say too little.")


def _measure(name: str, value: Estimate) -> dict[str, str] | None:
    title, meaning = MEASURES[name]
    if name != "percent" and (value.count < MIN_TWICE_LABELLED or not isfinite(value.value)):
        return None
    words = _range(value) if name == "percent" else f"{value.value:.2f} ({value.low:.2f} to {value.high:.2f})"
    return {"Measure": title, "Value (range)": words, "Images": f"{value.count:,}", "What it says": meaning}


def _mixed_up(people: PeopleAgreement, may_review: bool) -> None:
    if not people.mixed_up:
        return
    st.subheader("Classes that people tell apart differently", anchor=False)
    rows: list[dict[str, Any]] = []
    for pair in people.mixed_up:
        row = {"Classes": f"{pair.first} or {pair.second}", "Images": f"{pair.images:,}"}
        who = [f"{first} and {second}: {count:,}" for (first, second), count in pair.by_people.items()]
        rows.append(row | ({"By whom": "; ".join(who)} if may_review else {}))
    word_table(pd.DataFrame(rows), "mixed_up")


def _pairs(context: PageContext, people: PeopleAgreement, may_review: bool) -> None:
    pairs = {names: each for names, each in people.pairs.items() if may_review or context.actor.name in names}
    if not pairs:
        return
    st.subheader("Two by two", anchor=False)
    rows = []
    for (first, second), each in pairs.items():
        kappa = _measure("cohen", each.cohen)
        row = {"People": f"{first} and {second}", "Said the same": _range(each.percent)}
        rows.append(row | {"Images": f"{each.percent.count:,}", "Kappa": kappa["Value (range)"] if kappa else "–"})
    word_table(pd.DataFrame(rows), "pairs")


def _people(context: PageContext, may_review: bool, differing: int) -> None:
    facts = workspace.people_facts(context.ws, context.actor, context.project.id)
    if not facts:
        return
    st.subheader("Each person" if may_review else "Your labels", anchor=False)
    word_table(pd.DataFrame([_person(person) for person in facts]), "people")
    st.caption(f"{FOR_WHOM[may_review]} {NOT_A_RACE}{f' {OPEN}' if differing else ''}")


def _person(facts: PersonFacts) -> dict[str, str]:
    total = max(1, facts.labels)
    classes = [f"{name} {percent(count / total)}" for name, count in facts.classes.items()]
    return {
        "Name": facts.name,
        "Labels": f"{facts.labels:,}",
        "A minute": "–" if facts.pace is None else f"{facts.pace:.0f}",
        "As decided in the end": _share(facts.final),
        "Certain images": _share(facts.gold),
        "Classes": ", ".join(classes),
    }


def _share(value: Estimate) -> str:
    if not value.count:
        return "–"
    images = f"{value.count:,} {'image' if value.count == 1 else 'images'}"
    return f"{_range(value)} of {images}"


def _range(value: Estimate) -> str:
    return f"{percent(value.value)} ({percent(value.low)} to {percent(value.high)})"
