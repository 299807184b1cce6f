"""Sentences for visitors: in a box, and with what visitors wrote shown as it is."""

import streamlit as st


def say(sentence: str, *more: str, icon: str = ":material/error:") -> None:
    """Show a sentence, and `more` as a list below it, in a box that does not take what visitors wrote for markup."""
    show = st.error if icon == ":material/error:" else st.info
    show("\n".join([literal(sentence), *(f"- {literal(line)}" for line in more)]), icon=icon)


def literal(text: str) -> str:
    """Write `text` so that Markdown shows it as it is."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|~$:^" else c for c in text)
