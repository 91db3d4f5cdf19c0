"""What a report calls its sections and things, and what its terms mean."""

from collections.abc import Mapping

from vabal_core.types import EvaluationSource, ImageState, Split

# id, which is also the name of the template -> heading
SECTIONS: Mapping[str, str] = {
    "short": "In short",
    "data": "The images",
    "classes": "The classes",
    "labels": "The labels",
    "quality": "How good the model is",
    "left": "What is left",
    "ranking": "What the ranking brought",
    "settings": "Settings, versions and the labelled set",
    "words": "What the words mean",
}
SPLITS: Mapping[Split, str] = {"pool": "To learn from", "evaluation": "For evaluation"}
STATES: Mapping[ImageState, str] = {
    "labelled": "With a label",
    "unsure": "Unsure",
    "flagged": "Flagged",
    "skipped": "Put aside",
    "waiting": "Without a label",
}
EVALUATION: Mapping[EvaluationSource, str] = {
    "drawn": "The images for evaluation were drawn at random from all images before labelling began.",
    "drawn by class": "The images for evaluation were drawn at random within each class.",
    "drawn later": "The images for evaluation were drawn at random, some of them from what had no label yet while "
    "labelling went on.",
    "stated": "The images for evaluation were set aside by whoever brought the images: what is measured on them holds "
    "for images that are chosen alike.",
    "both": "Some images for evaluation were drawn at random, some were set aside by whoever brought the images: what "
    "is measured on them holds for images that are chosen alike.",
    "unknown": "How the images for evaluation were chosen is not remembered: what is measured on them holds for images "
    "that are chosen alike.",
}
TERMS: Mapping[str, str] = {
    "Label": "The class that a person gave to an image. Of several decisions about one image the last one counts that "
    "nobody took back.",
    "Images to learn from, images for evaluation": "From the labels of the former the model learns. The latter are "
    "kept apart: the model never learns from them and never ranks them, so that it can be measured on them.",
    "Round": "The model learns anew from all labels and ranks the images that have none.",
    "Ranking": "The order in which images without a label are shown, those most worth labelling first.",
    "Accuracy": "Of all images looked at, the share that the model names correctly. Common classes dominate it.",
    "Balanced accuracy": "The share that the model names correctly in each class, and the mean of these: a rare class "
    "counts as much as a common one.",
    "Found (recall)": "Of the images that truly are of a class, the share that the model names so. What is not "
    "found is missed.",
    "Right when named (precision)": "Of the images that the model names so, the share that truly are of the class. The "
    "rest are false alarms.",
    "Share of all images (prevalence)": "How common a class is among all images of the project.",
    "95 % range": "Given in brackets. Were the same done again with other images of the same kind, the range would "
    "hold the true number in 95 of 100 cases. Few images make it wide.",
    "Taken for": "The class that the model names. It may be wrong.",
    "Rare class": "A class that people chose as rare, or that is under half of an even share of the images for "
    "evaluation.",
    "Drawn at random": "No model and no person had a say in it, so it stands for all images.",
    "Bin": "Images that were left out. They can be brought back, and count nowhere meanwhile.",
    "Strategy, preset, seed": "How images are chosen, how long the model learns, and the number from which all chance "
    "in a round follows: with the same labels, settings and versions the same seed gives the same ranking.",
}
