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
STRENGTH = 10.0  # C of the rival's regression; not searched for


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
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    korean = part.language == "ko"
    bag = TfidfVectorizer(
        analyzer="char" if korean else "word", ngram_range=(1, 3 if korean else 2), min_df=2, sublinear_tf=True
    )
    pipeline = make_pipeline(bag, LogisticRegression(C=STRENGTH, max_iter=300))
    pipeline.fit(part.train.texts, part.train.labels)
    return float(pipeline.score(part.measure.texts, part.measure.labels))
