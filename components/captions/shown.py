"""A picture as the page shows it: whole, upright, small enough to travel, and decoded where it can do no harm."""

from dataclasses import dataclass

import streamlit as st

from components.captions.picture import Picture
from components.gallery import data_uri
from components.sentences import say
from model_zoo.data.decode import Unusable
from model_zoo.data.decoding import decode_all

SIDE = 512  # px that are sent to the browser
LONGEST = 3.0  # times as long as wide, or as wide as long, that a picture is drawn


@dataclass(frozen=True)
class Shown:
    """A picture as a data URI, squashed to a square as the network sees it, and its width by its height."""

    uri: str
    ratio: float

    @property
    def drawn(self) -> float:
        """Give the width by the height that it is drawn with."""
        return drawn(self.ratio)


def shown(picture: Picture) -> Shown | None:
    """Decode the picture; where nobody can, say why and give None."""
    found = _decoded(picture.content, picture.digest)
    if isinstance(found, Shown):
        return found
    say(f"This picture {found}. Try another one.")
    return None


def drawn(ratio: float) -> float:
    """Give the width by the height that a picture is drawn with, whose own is `ratio`."""
    return min(LONGEST, max(1 / LONGEST, ratio))


def squashed(ratio: float) -> str:
    """Say what the network loses of a picture that is much longer than wide; "" where that is little."""
    if 1 / LONGEST <= ratio <= LONGEST:
        return ""
    times = f"{max(ratio, 1 / ratio):.0f} times as {'wide as high' if ratio > 1 else 'high as wide'}"
    return f"This picture is {times}. The network sees every picture squashed to a square, so much of it is lost."


@st.cache_data(max_entries=64, show_spinner=False)
def _decoded(_content: bytes, digest: str) -> Shown | str:
    ((_, found),) = decode_all([(None, _content)], SIDE, 1, squash=True)
    return str(found) if isinstance(found, Unusable) else Shown(data_uri(found.pixels), found.width / found.height)
