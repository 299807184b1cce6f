"""What scores are worth: probabilities out of margins, and how far they can be believed. Plain numpy: pages read it.

Temperature and expected calibration error: Guo et al. 2017, On calibration of modern neural networks, arXiv:1706.04599.
"""

from typing import Literal

import numpy as np

Scores = Literal["probability", "margin"]
NEVER = -1e4  # the margin of a class that no training picture has
LEAST = 1e-7  # probability, so that one confident mistake does not make a log-loss infinite
BINS = 15  # of confidence


def probabilities(scores: np.ndarray, kind: Scores, temperature: float = 1.0) -> np.ndarray:
    """Turn scores (n, classes) into probabilities: margins by a softmax of margin / temperature."""
    if kind == "probability":
        return scores
    x = (scores - scores.max(axis=1, keepdims=True)) / temperature
    odds = np.exp(x)
    return odds / odds.sum(axis=1, keepdims=True)


def best_temperature(margins: np.ndarray, labels: np.ndarray) -> float:
    """Give the temperature under which margins (n, classes) of validation pictures have the least log-loss."""
    from scipy.optimize import minimize_scalar

    def loss(power: float) -> float:
        return log_loss(probabilities(margins, "margin", 10.0**power), labels)

    return float(10.0 ** minimize_scalar(loss, bounds=(-3.0, 2.0), method="bounded").x)


def log_loss(probability: np.ndarray, labels: np.ndarray) -> float:
    """Give the mean of −log of the probability (n, classes) of what is right, in nats."""
    right = probability[np.arange(len(labels)), labels]
    return float(-np.log(np.clip(right, LEAST, 1.0)).mean())


def calibration_error(probability: np.ndarray, labels: np.ndarray) -> float:
    """Give the expected calibration error: how far confidence and accuracy are apart, on average over pictures."""
    confidence, right = probability.max(axis=1), probability.argmax(axis=1) == labels
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = np.bincount(places, confidence - right, minlength=BINS)  # sums, so that each bin has its weight
    return float(np.abs(gaps).sum() / len(labels))
