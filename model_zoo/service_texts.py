"""What the inference process answers about a text: the prediction of a sequence mode, as JSON."""

from typing import Any

from model_zoo.rnn import sentiment, tagging
from model_zoo.rnn.text import MOST_CHARACTERS
from model_zoo.service_deadline import Deadline


def read_sentiment(language: str, body: bytes, deadline: Deadline) -> dict[str, Any]:
    """Read a text in UTF-8 closely, in `language` or in the one it looks like; raises ValueError with a sentence."""
    return sentiment.predict(text_of(body), language, deadline.check).to_json()


def read_tags(task: str, body: bytes) -> dict[str, Any]:
    """Tag every word of a text in UTF-8; raises ValueError with a sentence."""
    return tagging.predict(text_of(body), task).to_json()


def show_transitions(task: str) -> dict[str, Any]:
    """Show how willingly one tag follows another; raises ValueError with a sentence."""
    return tagging.transitions(task)


def text_of(body: bytes) -> str:
    """Give the text of a request; raises ValueError where it is too long or no UTF-8."""
    text = body.decode("utf-8", errors="replace")
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"This text has {len(text):,} characters; at most {MOST_CHARACTERS:,} are read at once.")
    return text
