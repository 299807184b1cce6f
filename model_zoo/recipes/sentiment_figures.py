"""Judge a network that judges reviews: accuracy, both kinds of mistake, calibration, and a bag of words beside it."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from model_zoo.features.scores import calibration_error
from model_zoo.recipes.card import figure
from model_zoo.recipes.reviews import Reviews

RIVALS = {
    "en": "TF-IDF of words and pairs of words under a logistic regression",
    "ko": "TF-IDF of one to three characters under a logistic regression",
}


@dataclass(frozen=True)
class Measured:
    """Texts that only measure, and the training texts of the same set, from which their rival learns."""

    measure: Reviews
    train: Reviews
    language: str


def figures_of(logits: Tensor, part: Measured) -> dict[str, Any]:
    """Say how right calibrated `logits` (N,) are, and how right the rival is."""
    import torch

    said, true = logits > 0, torch.tensor(part.measure.labels) > 0
    chances = torch.stack((1 - logits.sigmoid(), logits.sigmoid()), 1)
    return {
        "accuracy": figure((said == true).float().mean().item(), len(true)),
        "texts": len(true),
        "positive taken for negative": int((true & ~said).sum()),
        "negative taken for positive": int((said & ~true).sum()),
        "calibration_error": round(calibration_error(chances.double().numpy(), true.long().numpy()), 4),
        "rival": {"title": RIVALS[part.language], "accuracy": figure(rival(part), len(true))},
    }


def rival(part: Measured) -> float:
    """Give the accuracy of a bag of words that learned from the training texts of the same set."""
    from model_zoo.recipes.tutors import bag_of_words

    pipeline = bag_of_words(part.language).fit(part.train.texts, part.train.labels)
    return float(pipeline.score(part.measure.texts, part.measure.labels))
