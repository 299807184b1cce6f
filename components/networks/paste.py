"""Paste a picture from the clipboard.

An own widget (Streamlit component, version 2), for Streamlit has none: it listens to the whole page, so that Ctrl+V
works wherever the cursor is; a large picture is made smaller before it travels.
"""

import base64
import binascii

import streamlit as st

from components.setup.colours import coloured


def pasted(*, key: str) -> bytes | None:
    """Show where to paste, and give the picture that was pasted last, as the content of a PNG file."""
    state = _paste(key=key, default={"picture": ""}, on_picture_change=lambda: None)
    try:
        return base64.b64decode(state.picture.partition(",")[2], validate=True) or None
    except (binascii.Error, AttributeError):  # not from our script
        return None


_HTML = """<div class="paste" tabindex="0" role="group" aria-label="Paste a picture here">
<p class="what"></p><img alt="The pasted picture" hidden></div>"""

_CSS = coloured("""
.paste { border: 1px dashed EDGE; border-radius: var(--st-base-radius); padding: 1rem; min-height: 6rem;
  display: flex; gap: 1rem; align-items: center; font-family: var(--st-font); color: var(--st-text-color); }
.paste:focus-visible { outline: 3px solid var(--st-text-color); outline-offset: 2px; }
p { margin: 0; } img { max-height: 6rem; max-width: 40%; border-radius: 4px; }
""")

_JS = r"""
const LARGEST = 800;  // px of the longer side

export default function ({ data, parentElement, setStateValue }) {
  const what = parentElement.querySelector(".what"), img = parentElement.querySelector("img");
  what.textContent ||= "Copy a picture, then press Ctrl+V (⌘V) anywhere on this page.";
  const onPaste = async (e) => {
    const file = [...(e.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (!file) { what.textContent = "There is no picture in the clipboard. Copy one, then paste again."; return; }
    e.preventDefault();
    try {
      const found = await smaller(file);
      img.src = found; img.hidden = false;
      what.textContent = "Pasted. Paste another one to replace it.";
      setStateValue("picture", found);
    } catch { what.textContent = "The browser cannot read this picture. Save it and upload the file instead."; }
  };
  document.addEventListener("paste", onPaste);
  return () => document.removeEventListener("paste", onPaste);
}

async function smaller(file) {
  const bitmap = await createImageBitmap(file), scale = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}
"""

_paste = st.components.v2.component("thaw.paste", html=_HTML, css=_CSS, js=_JS)
