"""What is to be read: a text box that answers while one types, examples, and the language; a link carries them."""

from collections.abc import Mapping, Sequence

import streamlit as st

from components.sentences import literal
from components.text.live import live

FOUND = ""  # the language is found by the letters of the text
MOST_IN_LINK = 500  # characters; a longer text is not carried
EXAMPLE_LETTERS = 38  # of an example that its button shows
HEIGHT = 120  # px


def asked_text(page: str, label: str, examples: Sequence[str], placeholder: str = "") -> str:
    """Ask for a text on the page whose keys begin with `page`; at first it is what the link carries, or an example."""
    key, example = f"{page}.text", f"{page}.example"
    if key not in st.session_state:
        st.session_state[key] = st.query_params.get("text", examples[0])
    st.session_state[example] = st.session_state[key] if st.session_state[key] in examples else None
    text = st.text_area(label, key=key, height=HEIGHT, placeholder=placeholder)
    live(key)
    st.pills(
        "Examples", examples, format_func=_short, key=example, on_change=_take, args=(key, example), wrap=True
    )  # fmt: skip
    _carry("text", text if len(text) <= MOST_IN_LINK else examples[0], examples[0])
    return text


def asked_language(page: str, languages: Mapping[str, str]) -> str:
    """Ask for one of `languages`, names by code; "" where it is to be found."""
    key, options = f"{page}.language", (FOUND, *languages)
    if st.session_state.get(key) not in options:
        told = st.query_params.get("language", FOUND)
        st.session_state[key] = told if told in options else FOUND
    chosen = st.segmented_control(
        "Language", options, format_func=lambda code: languages.get(code, "Automatic"), required=True, key=key
    )
    language = chosen or FOUND
    _carry("language", language, FOUND)
    return language


def _take(key: str, example: str) -> None:
    if chosen := st.session_state[example]:
        st.session_state[key] = chosen


def _carry(name: str, value: str, default: str) -> None:
    if value == default:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def _short(text: str) -> str:
    return literal(text if len(text) <= EXAMPLE_LETTERS else f"{text[: EXAMPLE_LETTERS - 1].rstrip()}…")
