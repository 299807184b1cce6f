"""Text areas that answer while one types: what was typed is handed over after a pause, as Ctrl+Enter does by hand.

Streamlit has this for single lines only. An own widget (Streamlit component, version 2) without a look of its own; it
waits for the end of a composition, so that Korean syllables are not cut.
"""

import streamlit as st

from components.downloads import class_of

PAUSE = 400  # ms


def live(area: str) -> None:
    """Make the text area whose key is `area` live."""
    _live(key=f"{area}.live", data={"box": class_of(area), "pause": PAUSE})


_JS = r"""
export default function ({ data }) {
  let timer = 0;
  const enter = { key: "Enter", code: "Enter", ctrlKey: true, bubbles: true, cancelable: true };
  const typed = (e) => {
    if (e.target.tagName !== "TEXTAREA" || !e.target.closest(`.${data.box}`)) return;
    clearTimeout(timer);
    if (e.isComposing) return;
    timer = setTimeout(() => e.target.dispatchEvent(new KeyboardEvent("keydown", enter)), data.pause);
  };
  for (const kind of ["input", "compositionend"]) document.addEventListener(kind, typed);
  return () => { for (const kind of ["input", "compositionend"]) document.removeEventListener(kind, typed); };
}
"""

_live = st.components.v2.component("thaw.live", html="<span></span>", js=_JS)
