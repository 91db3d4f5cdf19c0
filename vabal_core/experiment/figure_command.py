"""`simulate --figure NAME`: the experiments of a figure of the paper, one after the other, and what they say."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from vabal_core.experiment.console import add_places, exit_status, follow, places_of, run_experiment
from vabal_core.experiment.figure_forms import FORMS
from vabal_core.experiment.figure_report import write_figure
from vabal_core.experiment.figures import FIGURES, experiments
from vabal_core.experiment.folders import Folders, write_plan
from vabal_core.experiment.plan import Experiment
from vabal_core.experiment.report import Write, write_report
from vabal_core.experiment.results import read_rows

TOP = 12  # images of each strategy on a sheet


def main(arguments: Sequence[str], prog: str, write: Write = write_report) -> int:
    """Exit status as that of `simulate`: 0 only if all runs of all arms are done."""
    options = _parser(prog).parse_args(arguments)
    return exit_status(lambda: _make(options, write), options.out)


def _parser(prog: str) -> argparse.ArgumentParser:
    titles = "\n".join(f"  {name:7} {figure.title}" for name, figure in FIGURES.items())
    forms = "\n".join(f"  {name:9} {form.words}" for name, form in FORMS.items())
    parser = argparse.ArgumentParser(
        prog=prog,
        description=f"Make a figure or table of the VaB-AL paper.\n\nfigures:\n{titles}\n\nforms:\n{forms}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", nargs="?", default="", help="where the data set lies, cifar10=FILE; or another")
    parser.add_argument("--figure", required=True, choices=FIGURES, metavar="NAME", help="see above")
    parser.add_argument("--form", default="frozen", choices=FORMS, help="how large (default %(default)s)")
    parser.add_argument("--seeds", type=int, help="how often each strategy is tried (default: the form's)")
    for size, words in (
        ("initial", "first labels"),
        ("batch", "labels more a round"),
        ("rounds", "rounds after those"),
    ):
        parser.add_argument(f"--{size}", type=int, help=f"{words}, for a source of fewer images (default: the form's)")
    add_places(parser)
    return parser


def _make(options: argparse.Namespace, write: Write) -> int:
    if options.processes < 1:
        raise ValueError(f"--processes {options.processes}: give 1 or more")
    labels = {"initial": options.initial, "batch": options.batch, "rounds": options.rounds}
    arms = experiments(options.figure, options.form, options.source, options.seeds, **labels)
    shared = places_of(options)
    if FIGURES[options.figure].top:
        return _picture(options, shared, next(iter(arms.values())))
    status, rows = 0, {}
    for name, experiment in arms.items():
        print(f"figure {options.figure}, {options.form}: {name}", file=sys.stderr)
        out = options.out / re.sub(r"[^\w.=+-]+", "-", name) if len(arms) > 1 else options.out
        places = Folders(out=out, features=shared.features, images=shared.images)
        status = max(status, run_experiment(places, experiment, options.processes, write))
        if len(played := read_rows(out)):
            rows[name] = played
        write_figure(_file(options, "md"), options.figure, options.form, rows)
    print(f"{_file(options, 'md')}")
    return status


def _picture(options: argparse.Namespace, places: Folders, experiment: Experiment) -> int:
    from vabal_core.experiment.prepare import prepare  # only now: torch
    from vabal_core.experiment.top_samples import draw_samples, top_samples

    write_plan(places.out, experiment)
    prepared = follow(prepare(places))
    samples = follow(top_samples(prepared, experiment.seeds[0], TOP))
    heading = (
        f"{FIGURES[options.figure].title}. Form {options.form}, {experiment.initial} labels, {prepared.source.name}"
    )
    draw_samples(prepared.source, samples, heading).save(_file(options, "png"))
    print(f"{_file(options, 'png')}")
    return 0


def _file(options: argparse.Namespace, suffix: str) -> Path:
    return options.out / f"figure-{options.figure}-{options.form}.{suffix}"
