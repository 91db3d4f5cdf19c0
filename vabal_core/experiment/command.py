"""The command `simulate`: one definition of its arguments, for the Studio's command line and for a bare machine."""

import argparse
import textwrap
from collections.abc import Sequence

from vabal_core.config import PRESETS, parse_override
from vabal_core.experiment.console import add_places, exit_status, places_of, run_experiment
from vabal_core.experiment.names import split_names
from vabal_core.experiment.plan import Experiment
from vabal_core.experiment.report import Write, write_report

MAX_COLUMNS = 100  # of the help's paragraphs


def main(arguments: Sequence[str], prog: str, write: Write = write_report) -> int:
    """Exit status: 0 if all runs are done, 1 if one has failed or nothing could begin, 130 after Ctrl+C. `write` writes
    the report, from rows into a folder."""
    if any(argument.partition("=")[0] == "--figure" for argument in arguments):
        from vabal_core.experiment import figure_command

        return figure_command.main(arguments, prog, write)
    options = _parser(prog).parse_args(arguments)
    return exit_status(lambda: _run(options, write), options.out)


def _run(options: argparse.Namespace, write: Write) -> int:
    return run_experiment(places_of(options), _experiment(options), options.processes, write)


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Label images whose true classes are known with several strategies, and compare what is learned.",
        epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", help="labelled images, or the name of a data set: see below")
    parser.add_argument("--strategies", required=True, metavar="A,B,C", help="their names: see below")
    parser.add_argument("--seeds", type=int, default=10, help="how often each strategy is tried (default %(default)s)")
    parser.add_argument("--initial", type=int, default=100, help="labels to begin with (default %(default)s)")
    parser.add_argument("--batch", type=int, default=100, help="labels more a round (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds after the initial one (default %(default)s)")
    parser.add_argument("--preset", default="interactive", help=f"{', '.join(PRESETS)} (default %(default)s)")
    parser.add_argument(
        "--set", dest="overrides", action="append", default=[], metavar="NAME=VALUE",
        help="a setting that differs from the preset; repeatable",
    )  # fmt: skip
    parser.add_argument("--start", default="random", help="initial labels: random or coverage (default %(default)s)")
    add_places(parser)
    return parser


def _epilog() -> str:
    """What can stand for a source and for a strategy, and what else there is to know."""
    from vabal_core.experiment.sources import SOURCES  # only now: whoever asks for help has the time
    from vabal_core.experiment.variants import VARIANTS
    from vabal_core.query.combinators import COMBINATORS
    from vabal_core.query.strategies import STRATEGIES

    combined = ", ".join(f"{word}({combinator.form})" for word, combinator in COMBINATORS.items())
    parts = (
        f"sources: {SOURCES}. Behind it may stand variants, one after the other: {VARIANTS}. Put both in quotes.",
        f"strategies: {', '.join(STRATEGIES)}; made of others: {combined}. Put these in quotes.",
        "The same command again goes on where it was stopped; run twice side by side, it shares the work. Its exit "
        "status is 0 only if all runs are done. With --figure NAME it makes a figure of the VaB-AL paper: see --figure "
        "3a --help.",
    )
    return "\n\n".join(textwrap.fill(part, MAX_COLUMNS) for part in parts)


def _experiment(options: argparse.Namespace) -> Experiment:
    if options.seeds < 1 or options.processes < 1:
        raise ValueError(f"--seeds {options.seeds} --processes {options.processes}: give 1 or more of each")
    if options.rounds < 1:
        raise ValueError(f"--rounds {options.rounds}: strategies differ after the first labels only; give 1 or more")
    return Experiment(
        source=options.source,
        strategies=split_names(options.strategies),
        seeds=tuple(range(options.seeds)),
        initial=options.initial,
        batch=options.batch,
        rounds=options.rounds,
        preset=options.preset,
        overrides=dict(parse_override(override) for override in options.overrides),
        start=options.start,
    )
