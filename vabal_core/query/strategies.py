"""The registry: every strategy by its name, with what it does, where it comes from and what it reads."""

from dataclasses import replace

from vabal_core.query.badge import badge
from vabal_core.query.committee import bald_scores, ensemble_scores
from vabal_core.query.core_set import certified_ratio, core_set
from vabal_core.query.coverage import coverage_query
from vabal_core.query.direct import direct
from vabal_core.query.distinct import distinct
from vabal_core.query.dropquery import disagreement_scores, dropquery
from vabal_core.query.expression import build
from vabal_core.query.herding import uherding
from vabal_core.query.learned import learning_loss_scores, vaal_scores
from vabal_core.query.novel import novel
from vabal_core.query.random_sampling import random_scores
from vabal_core.query.strategy import Strategy, by_score
from vabal_core.query.typiclust import typiclust
from vabal_core.query.uncertainty import entropy_scores, least_confidence_scores, margin_scores
from vabal_core.query.vabal import (
    vabal_margin_scores,
    vabal_posterior_scores,
    vabal_scores,
    vabal_scores_in_full,
)

AT_RANDOM = "at random"
DISAGREEMENT = "by how often its class changes when most of what the model sees is hidden"

MARGIN = by_score(
    margin_scores,
    description="Margin: images where the two likeliest classes are close",
    source="Scheffer, Decomain and Wrobel, IDA 2001",
    requires=("probabilities",),
    reason="by how close its two likeliest classes are",
)

VABAL_IN_FULL = by_score(
    vabal_scores_in_full,
    description="VaB-AL: images the common, reliable classes do not explain; finds rare defects",
    source="Choi, Yi et al., CVPR 2021",
    requires=("reliability", "log_prior", "log_likelihood"),
    reason="by how poorly the common, reliable classes explain it",
)

# Few draws for all candidates, then all draws for those that these few put first: as good, and far quicker.
VABAL = replace(
    by_score(
        vabal_scores,
        description=VABAL_IN_FULL.description,
        source=VABAL_IN_FULL.source,
        requires=("reliability", "log_prior", "staged_log_likelihood", "refined"),
        reason=VABAL_IN_FULL.reason,
    ),
    in_full=VABAL_IN_FULL,
)

VABAL_MARGIN = by_score(
    vabal_margin_scores,
    description="VaB-AL margin: images where two classes are close for classifier and auto-encoder together",
    source="Eq. 3 of Choi, Yi et al., CVPR 2021, its last factor from the classifier and from draws by Eq. 6",
    requires=("probabilities", "draw_counts"),
    reason="by how hard it is for two models together to decide between two classes",
)

STRATEGIES = {
    "vabal_plus": replace(
        novel(VABAL_MARGIN),
        description="VaB-AL plus: images that classifier and auto-encoder doubt together; repeats wait",
    ),
    "vabal": VABAL,
    "vabal_posterior": by_score(
        vabal_posterior_scores,
        description="VaB-AL as printed: Eq. 5 to the letter; images the model is probably wrong about",
        source="Choi, Yi et al., CVPR 2021",
        requires=("reliability", "posterior"),
        reason="by how likely the model is wrong about it",
    ),
    "vabal_margin": VABAL_MARGIN,
    "random": by_score(
        random_scores,
        description="Random: the fair yardstick",
        source="simple random sampling",
        requires=(),
        reason=AT_RANDOM,
    ),
    "entropy": by_score(
        entropy_scores,
        description="Entropy: images the model is least sure about",
        source="Shannon 1948",
        requires=("probabilities",),
        reason="by how unsure the model is",
    ),
    "margin": MARGIN,
    "least_confidence": by_score(
        least_confidence_scores,
        description="Least confidence: images whose likeliest class is the least likely",
        source="Lewis and Gale, SIGIR 1994",
        requires=("probabilities",),
        reason="by how unsure the model is of the class that it names",
    ),
    "bald": by_score(
        bald_scores,
        description="BALD: images on which the model, with parts of it left out at random, contradicts itself; where a "
        "network is trained, it reads every image 100 times",
        source="Houlsby et al. 2011; by MC-dropout: Gal, Islam and Ghahramani, ICML 2017",
        requires=("dropout",),
        reason="by how much the model, with parts of it left out at random, contradicts itself",
        settings={"dropout": 0.25},
    ),
    "ensemble": by_score(
        ensemble_scores,
        description="Ensemble: images that five models, each learned anew, do not call the same; where a network is "
        "trained, five times as long",
        source="Beluch, Genewein, Nuernberger and Koehler, CVPR 2018 (variation ratio)",
        requires=("ensemble",),
        reason="by how much several models, each learned anew, disagree about it",
    ),
    "learning_loss": by_score(
        learning_loss_scores,
        description="Learning loss: images for which a model of its own predicts that the classifier is most wrong",
        source="Yoo and Kweon, CVPR 2019",
        requires=("predicted_loss",),
        reason="by how wrong a second model expects the first to be",
        settings={"learning_loss": 1.0},
    ),
    "vaal": by_score(
        vaal_scores,
        description="VAAL: images unlike the labelled ones, told by two more networks, which learn all images anew",
        source="Sinha, Ebrahimi and Darrell, ICCV 2019",
        requires=("discriminator",),
        reason="by how unlike it is to the images that have labels",
    ),
    "margin_novel": replace(
        novel(MARGIN), description="Margin, novel: images where two classes are close; repeats wait; the quicker choice"
    ),
    "margin_distinct": distinct(MARGIN),  # by this name settings and rounds are stored
    "direct": Strategy(
        description="DIRECT: images around the border of each class, as many of every class; where a network is "
        "trained, several times as long",
        source="after Nuggehalli, Zhang, Jain and Nowak, ICML 2025",
        requires=("probabilities", "out_of_fold"),
        query=direct,
        fallback=margin_scores,
        reason="by how near it lies to the border of a class, each class in its turn",
        fallback_reason=MARGIN.reason,
    ),
    "coverage": Strategy(
        description="Coverage: typical images of every part of the pool; needs no label",
        source="after Hacohen, Dekel and Weinshall, ICML 2022 (TypiClust)",
        requires=("embeddings",),
        query=coverage_query,
        fallback=random_scores,
        reason="to cover the pool, with typical images of its parts without a label first",
        fallback_reason=AT_RANDOM,
    ),
    "badge": Strategy(
        description="BADGE: images that would change the model most, each in another way",
        source="Ash, Zhang, Krishnamurthy, Langford and Agarwal, ICLR 2020",
        requires=("probabilities", "embeddings"),
        query=badge,
        fallback=margin_scores,
        reason="by lot, weighed by how much it would change the model in a way of its own",
        fallback_reason=MARGIN.reason,
    ),
    "coreset": Strategy(
        description="Core-set: images farthest from all labelled and chosen ones",
        source="Sener and Savarese, ICLR 2018",
        requires=("embeddings",),
        query=core_set,
        fallback=random_scores,
        reason="by how far it lies from all labelled images and those before it",
        fallback_reason=AT_RANDOM,
        certify=certified_ratio,
    ),
    "typiclust": Strategy(
        description="TypiClust: the most typical image of every group of similar ones without a label; needs no label",
        source="Hacohen, Dekel and Weinshall, ICML 2022",
        requires=("embeddings",),
        query=typiclust,
        fallback=random_scores,
        reason="to cover groups of similar images, with typical ones of those with few labels first",
        fallback_reason=AT_RANDOM,
    ),
    "dropquery": Strategy(
        description="DropQuery: images whose class changes when most of what the model sees is hidden; one a group",
        source="Gupte, Aklilu, Nirschl and Yeung-Levy, TMLR 2024",
        requires=("probabilities", "embeddings", "heavy_dropout"),
        query=dropquery,
        fallback=disagreement_scores,
        reason=f"{DISAGREEMENT}; of images that look alike one comes first",
        fallback_reason=DISAGREEMENT,
    ),
    "uherding": Strategy(
        description="Uncertainty herding: images that cover best where the model is unsure",
        source="Bae, Oliveira and Sutherland, ICLR 2025",
        requires=("probabilities", "embeddings"),
        query=uherding,
        fallback=margin_scores,
        reason="by how many images like it, beside those labelled or chosen, the model is unsure about",
        fallback_reason=MARGIN.reason,
    ),
}

# What people are offered: every strategy, and of the combinations those worth a comparison.
OFFERED_STRATEGIES = (
    *STRATEGIES,
    "distinct(entropy)",
    "balanced(margin)",
    "mix(margin_distinct, random, 0.2)",
    "power(margin)",
)


def find_strategy(name: str) -> Strategy:
    """The strategy called `name`, or the combination of strategies that it describes.

    ValueError says what cannot be understood, and what can.
    """
    return build(name, STRATEGIES)


def strategy_if_any(name: str) -> Strategy | None:
    """`find_strategy` of a stored name; None where it is of another version."""
    try:
        return find_strategy(name)
    except ValueError:
        return None
