"""What a network that judges reviews is told beside the labels: by a bag of words, and by what was trained before.

A bag of words judges texts that it has not learned from (five parts, each judged by what learned from the others):
that says how clear a label is. Sentences out of long reviews have no label of their own; theirs is the mean of what the
bag and the network say (self-training, Xie et al. 2020, arXiv:1911.04252).
"""

import random
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline

from model_zoo.recipes.reviews import Reviews, as_written

STRENGTH = 10.0  # C of the regression; not searched for
PARTS = 5
FEWEST_WORDS, MOST_WORDS = 4, 40  # of a sentence out of a review


def bag_of_words(language: str) -> Pipeline:
    """Build a logistic regression on TF-IDF of words and pairs of words; of one to three characters in Korean."""
    korean = language == "ko"
    bag = TfidfVectorizer(
        analyzer="char" if korean else "word", ngram_range=(1, 3 if korean else 2), min_df=2, sublinear_tf=True
    )
    return make_pipeline(bag, LogisticRegression(C=STRENGTH, max_iter=300))


def unseen(language: str, reviews: Reviews) -> NDArray[np.float64]:
    """Give how positive each review is, (N,) probabilities, by bags of words that learned from no copy of it."""
    apart = StratifiedGroupKFold(PARTS, shuffle=True, random_state=0)
    return cross_val_predict(
        bag_of_words(language), reviews.texts, reviews.labels, cv=apart, method="predict_proba",
        groups=[as_written(text) for text in reviews.texts],
    )[:, 1]  # fmt: skip


def sentences(documents: Sequence[str], most: int, seed: int) -> list[str]:
    """Draw at most `most` sentences out of long reviews, none twice."""
    parts = (part for text in documents for part in re.split(r"(?<=[.!?])\s+|<br\s*/?>", text))
    found = [part.strip() for part in parts if FEWEST_WORDS <= len(part.split()) <= MOST_WORDS]
    distinct = list(dict.fromkeys(found))
    return random.Random(seed).sample(distinct, min(most, len(distinct)))
