"""The frame around every page: its mark, its style, and ways from page to page."""

from collections.abc import Mapping
from typing import NoReturn

import streamlit as st

from components.theme import STYLE, is_dark, palette, temperature

ABOUT = """**Thaw** shows what happens when a pre-trained network learns something new.

Free software under the Apache License 2.0. Nothing you drop here leaves the machine that runs it."""


def frame() -> None:
    """Set up the browser page and draw what surrounds every page; the first call of a run.

    The icon is our own drawing: the browser would fetch a material one from another machine.
    """
    st.set_page_config(
        page_title="Thaw", page_icon=_drawing(36, _bars(dark=False)), layout="wide", menu_items={"About": ABOUT}
    )
    st.logo(_mark(is_dark()), size="large")
    st.html(STYLE)


def question(title: str, lead: str = "") -> None:
    """Head a page with the question it answers, and one sentence on how."""
    st.title(title, anchor=False)
    if lead:
        st.markdown(lead)


def go(page: str, query: Mapping[str, str] | None = None) -> NoReturn:
    """Open the page whose file is `dashboard/PAGE.py`, with `query` in its address."""
    st.switch_page(_page(page), query_params=dict(query or {}))


def link(page: str, label: str, query: Mapping[str, str] | None = None, icon: str | None = None) -> None:
    """Show a link to the page whose file is `dashboard/PAGE.py`."""
    st.page_link(_page(page), label=label, icon=icon, query_params=dict(query or {}))


def _page(name: str) -> "st.Page":
    # Streamlit tells pages by their address alone, so no page needs to be imported to be pointed at.
    return st.Page(lambda: None, title=name, url_path=name, default=name == "home")


def _mark(dark: bool) -> str:
    """Draw the mark and the name, which is as wide in whatever font there is."""
    style = f'font-family="Helvetica, Arial, sans-serif" font-size="23" font-weight="700" fill="{palette(dark).ink}" '
    style += 'textLength="59" lengthAdjust="spacingAndGlyphs"'
    return _drawing(104, f'{_bars(dark)}<text x="43" y="25" {style}>Thaw</text>')


def _bars(dark: bool) -> str:
    """Draw stages of a network, from ice to ember, moving further and further."""
    heats = (0.0, 0.25, 0.75, 1.0)
    return "".join(
        f'<rect x="{index * 9}" y="{19 - 5 * index}" width="7" height="{9 + 5 * index}" rx="1.5" '
        f'fill="{temperature(heat, dark)}"/>'
        for index, heat in enumerate(heats)
    )


def _drawing(width: int, content: str) -> str:
    box = f'viewBox="0 0 {width} 32" width="{width}" height="32"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{content}</svg>'
