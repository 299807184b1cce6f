"""One picture of many with its caption: drawn as wide and as high as it was, though the network saw a square."""

import base64
from collections.abc import Mapping
from html import escape
from typing import Any

from components.captions.looked import share
from components.captions.shown import drawn
from components.setup.colours import coloured
from model_zoo.data.thumbnails import Thumbnail

BOX = 4 / 3  # width by height of the place that each picture has


def figure(row: Mapping[str, Any], picture: Thumbnail | None) -> str:
    """Write a picture, its caption, how sure that is, and what people wrote, if they did."""
    below = f"<b>{escape(row['caption']) or '(no words)'}</b><small>{share(row['sure'])} a word</small>"
    name = f"<small class='name' title='{escape(row['file'])}'>{escape(row['file'])}</small>"
    return (
        f"<figure role='listitem'>{_image(row['file'], picture)}"
        f"<figcaption>{below}{name}{_wrote(row['references'])}</figcaption></figure>"
    )


def _image(name: str, picture: Thumbnail | None) -> str:
    if picture is None:
        return ""
    ratio = drawn(picture.width / picture.height)
    side = "width: 100%" if ratio >= BOX else "height: 100%"
    source = f"data:image/jpeg;base64,{base64.b64encode(picture.picture).decode('ascii')}"
    return f"<div><img src='{source}' alt='{escape(name)}' style='aspect-ratio: {ratio:.3f}; {side}'></div>"


def _wrote(references: list[str]) -> str:
    if not references:
        return ""
    lines = "".join(f"<li>{escape(each)}</li>" for each in references)
    return f"<details><summary>What people wrote</summary><ul>{lines}</ul></details>"


STYLE = coloured("""<style>
.thaw-captions { display: grid; gap: 1.2rem 0.9rem; margin: 0.3rem 0 0.6rem; align-items: start;
  grid-template-columns: repeat(auto-fill, minmax(min(10.5rem, 42vw), 1fr)); }
.thaw-captions figure { margin: 0; min-width: 0; }
.thaw-captions figure > div { aspect-ratio: 4 / 3; display: flex; align-items: center; justify-content: center;
  background: SURFACE; border-radius: 0.4rem; overflow: hidden; }
.thaw-captions img { display: block; object-fit: fill; }
.thaw-captions figcaption { margin-top: 0.4rem; font-size: 0.92rem; line-height: 1.3; overflow-wrap: anywhere; }
.thaw-captions b { font-weight: 600; }
.thaw-captions small { display: block; color: FAINT; font-size: 0.78rem; margin-top: 0.15rem; }
.thaw-captions .name { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.thaw-captions details { font-size: 0.8rem; margin-top: 0.25rem; }
.thaw-captions summary { cursor: pointer; color: FAINT; }
.thaw-captions ul { margin: 0.2rem 0 0; padding-left: 1.1rem; }
</style>""")
