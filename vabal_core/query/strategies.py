"""The registry: every strategy by its name, with what it does, where it comes from and what it reads."""

from vabal_core.query.committee import bald_scores
from vabal_core.query.core_set import core_set
from vabal_core.query.coverage import coverage_query
from vabal_core.query.distinct import margin_distinct
from vabal_core.query.herding import uherding
from vabal_core.query.random_sampling import random_scores
from vabal_core.query.strategy import Strategy, by_score
from vabal_core.query.uncertainty import entropy_scores, least_confidence_scores, margin_scores
from vabal_core.query.vabal import vabal_posterior_scores, vabal_scores

STRATEGIES = {
    "vabal": by_score(
        vabal_scores,
        description="VaB-AL: images the common, reliable classes do not explain; finds rare defects",
        source="Choi, Yi et al., CVPR 2021",
        requires=("reliability", "log_prior", "staged_log_likelihood", "refined"),
    ),
    "vabal_posterior": by_score(
        vabal_posterior_scores,
        description="VaB-AL as printed: Eq. 5 to the letter; images the model is probably wrong about",
        source="Choi, Yi et al., CVPR 2021",
        requires=("reliability", "posterior"),
    ),
    "random": by_score(
        random_scores,
        description="Random: the fair yardstick",
        source="simple random sampling",
        requires=(),
    ),
    "entropy": by_score(
        entropy_scores,
        description="Entropy: images the model is least sure about",
        source="Shannon 1948",
        requires=("probabilities",),
    ),
    "margin": by_score(
        margin_scores,
        description="Margin: images where the two likeliest classes are close",
        source="Scheffer, Decomain and Wrobel, IDA 2001",
        requires=("probabilities",),
    ),
    "least_confidence": by_score(
        least_confidence_scores,
        description="Least confidence: images whose likeliest class is the least likely",
        source="Lewis and Gale, SIGIR 1994",
        requires=("probabilities",),
    ),
    "bald": by_score(
        bald_scores,
        description="BALD: images on which the model, with parts of it left out at random, contradicts itself",
        source="Houlsby et al. 2011; by MC-dropout: Gal, Islam and Ghahramani, ICML 2017",
        requires=("dropout",),
        settings={"dropout": 0.25},
    ),
    "margin_distinct": Strategy(
        description="Margin, no repeats: images where two classes are close, none much like one before it",
        source="margin: Scheffer, Decomain and Wrobel, IDA 2001; no two nearer than a radius, greedily",
        requires=("probabilities", "embeddings"),
        query=margin_distinct,
        fallback=margin_scores,
    ),
    "coverage": Strategy(
        description="Coverage: typical images of every part of the pool; needs no label",
        source="after Hacohen, Dekel and Weinshall, ICML 2022 (TypiClust)",
        requires=("embeddings",),
        query=coverage_query,
        fallback=random_scores,
    ),
    "coreset": Strategy(
        description="Core-set: images farthest from all labelled and chosen ones",
        source="Sener and Savarese, ICLR 2018",
        requires=("embeddings",),
        query=core_set,
        fallback=random_scores,
    ),
    "uherding": Strategy(
        description="Uncertainty herding: images that cover best where the model is unsure",
        source="Bae, Oliveira and Sutherland, ICLR 2025",
        requires=("probabilities", "embeddings"),
        query=uherding,
        fallback=margin_scores,
    ),
}


def find_strategy(name: str) -> Strategy:
    """The strategy called `name`; ValueError names those there are."""
    if name not in STRATEGIES:
        raise ValueError(f"strategy {name!r} is unknown: choose one of {', '.join(STRATEGIES)}")
    return STRATEGIES[name]
