"""Values of an embedding, a row each: what is said of it, and the pictures in which it is largest."""

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from components.setup import thumbnails
from components.setup.colours import coloured
from model_zoo.data.kept import Kept

Row = tuple[str, str, str, np.ndarray]  # title, how much, of what, picture indices


def value_rows(pictures: Kept, rows: Sequence[Row], *, key: str) -> None:
    """Show the rows; names of classes and files reach the page as text."""
    with st.container(key=key):
        st.html(f"{_STYLE}<div class='thaw-values' role='list'>{''.join(_row(pictures, *row) for row in rows)}</div>")


def _row(pictures: Kept, title: str, how_much: str, mostly: str, indices: np.ndarray) -> str:
    places = tuple(int(i) for i in indices)
    sources = thumbnails.pictures(pictures.path.name, places)
    told = [f"{pictures.classes[pictures.labels[i]]}, {pictures.names[i]}" for i in places]
    images = "".join(
        f'<img src="{source}" alt="{escape(words)}" title="{escape(words)}">'
        for source, words in zip(sources, told, strict=False)
    )
    words = f"<b>{escape(title)}</b><span>{escape(how_much)}</span><span>{escape(mostly)}</span>"
    return f'<div role="listitem"><div>{words}</div><div class="pictures">{images}</div></div>'


_STYLE = coloured("""<style>
.thaw-values { display: grid; gap: 0.7rem; }
.thaw-values > div { display: grid; grid-template-columns: 9rem minmax(0, 1fr); gap: 1rem; align-items: center; }
.thaw-values span { display: block; font-size: 0.8rem; color: FAINT; line-height: 1.35; overflow-wrap: anywhere; }
.thaw-values .pictures { display: grid; grid-template-columns: repeat(9, minmax(0, 1fr)); gap: 0.4rem;
  max-width: 52rem; }
.thaw-values img { width: 100%; aspect-ratio: 1; border-radius: 4px; display: block; object-fit: cover; }
@media (max-width: 640px) { .thaw-values > div { grid-template-columns: 1fr; gap: 0.3rem; }
  .thaw-values .pictures { gap: 2px; } }
</style>""")
