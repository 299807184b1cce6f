"""The portrait of a picture set: what is in it, how it is split, and what was left out."""

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from components.setup import thumbnails
from components.setup.colours import coloured

MOST_CLASSES = 12  # that are shown before the visitor asks for more
MOST_NAMED = 5  # pairs of duplicates
PARTS = ("train", "validation", "test")

Portrait = Mapping[str, Any]


def portrait(told: Portrait, *, key: str) -> None:
    """Show the portrait that a `pictures` job gave."""
    st.html(_STYLE + f'<p class="portrait-lead"><b>{_count(told)}</b> {escape(told["split"]["sentence"])}</p>')
    _classes(told, key=f"{key}.all")
    st.html(f'<p class="portrait-small">{_sizes(told)}</p>')
    for remark in told["remarks"]:
        st.html(f'<p class="portrait-small">{escape(remark)}</p>')
    _duplicates(told["duplicates"])
    _left_out(told, key=f"{key}.left_out")


def _count(told: Portrait) -> str:
    return f"{told['pictures']:,} pictures in {len(told['classes']):,} classes."


def _classes(told: Portrait, *, key: str) -> None:
    many = len(told["classes"])
    shown = many
    if many > MOST_CLASSES:
        shown = many if st.toggle(f"Show all {many:,} classes", key=key) else MOST_CLASSES
    most = max(told["counts"])
    rows = [_class(told, label, most) for label in range(shown)]
    st.html(f'<div class="portrait" role="list" aria-label="Classes">{"".join(rows)}</div>{_LEGEND}')


def _class(told: Portrait, label: int, most: int) -> str:
    name, count = told["classes"][label], told["counts"][label]
    parts = [told["split_counts"][part][label] for part in PARTS]
    samples = thumbnails.pictures(told["pictures_file"], tuple(told["samples"][label]))
    pictures = "".join(f'<img src="{source}" alt="">' for source in samples)
    bar = "".join(f'<i class="{part}" style="flex-grow:{size}"></i>' for part, size in zip(PARTS, parts, strict=True))
    words = f"{name}: {count} pictures; {parts[0]} to train, {parts[1]} to validate, {parts[2]} to test"
    return (
        f'<div class="class" role="listitem" aria-label="{escape(words)}" title="{escape(words)}">'
        f'<b>{escape(name)}</b><div class="strip">{pictures}</div>'
        f'<div class="share"><div class="bar" style="width:{100 * count / most:.1f}%">{bar}</div></div>'
        f'<span class="n">{count:,}</span></div>'
    )


def _sizes(told: Portrait) -> str:
    shown = f"The network sees {told['size']} × {told['size']} pixels"
    sizes = told["original_sizes"]
    if not sizes:
        return f"{shown}."
    small, middle, large = (" × ".join(map(str, sizes[name])) for name in ("smallest", "median", "largest"))
    if small == large:
        return f"{shown}; the originals have {small}."
    return f"{shown}; the originals have {small} to {large}, the middle one {middle}."


def _duplicates(found: Mapping[str, Any]) -> None:
    if not (found["across_parts"] or found["across_classes"]):
        return
    said = []
    if found["across_parts"]:
        many = _plural(found["across_parts"], "picture stands", "pictures stand")
        said.append(f"{many} in more than one part of the split, so the test is easier than it looks.")
    if found["across_classes"]:
        many = _plural(found["across_classes"], "picture stands", "pictures stand")
        said.append(f"{many} in more than one class, so no network can be right about them.")
    named = [" = ".join(f"{item['name']} ({item['part']})" for item in group) for group in found["named"][:MOST_NAMED]]
    lines = "".join(f"<li>{escape(line)}</li>" for line in named)
    st.warning("**The very same pixels.** " + " ".join(said), icon=":material/content_copy:")
    st.html(f'<ul class="portrait-small">{lines}</ul>')


def _left_out(told: Portrait, *, key: str) -> None:
    count = told["left_out_count"]
    if not count:
        return
    more = count - len(told["left_out"])
    rows = [f"<li><b>{escape(item['name'])}</b> {escape(_reason(item))}</li>" for item in told["left_out"]]
    rows += [f"<li>… and {more:,} more.</li>"] if more else []
    with st.expander(f"{_plural(count, 'file was', 'files were')} left out", icon=":material/visibility_off:", key=key):
        st.html(f'<ul class="portrait-out">{"".join(rows)}</ul>')


def _reason(item: Mapping[str, str]) -> str:
    """Give the sentence without the name that it begins with."""
    sentence: str = item["sentence"]
    return sentence.removeprefix(f"“{item['name']}”").removeprefix(item["name"]).strip(" :")


def _plural(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def sentence(told: Portrait) -> str:
    """Say in a few words how large the set is."""
    return f"{told['pictures']:,} pictures"


_LEGEND = (
    '<p class="portrait-legend"><i class="train"></i>train<i class="validation"></i>validate'
    '<i class="test"></i>test</p>'
)
_STYLE = coloured("""<style>
.portrait-lead, .portrait-small, .portrait-out li { margin: 0; line-height: 1.45; }
.portrait-small, .portrait-out { font-size: 0.875rem; color: FAINT; }
.portrait-out { max-height: 14rem; overflow: auto; margin: 0; padding-left: 1.1rem; overflow-wrap: anywhere; }
.portrait-out b { font-weight: 600; }
.portrait { display: grid; gap: 0.3rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr));
  column-gap: 2rem; }
.portrait .class { display: grid; align-items: center; gap: 0.6rem; font-size: 0.875rem;
  grid-template-columns: 6.5rem minmax(0, 1fr) 5rem 2.6rem; }
.portrait b { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.portrait .strip { display: flex; gap: 2px; min-width: 0; overflow: hidden; height: 2.25rem; flex-wrap: wrap; }
.portrait img { width: 2.25rem; height: 2.25rem; border-radius: 4px; object-fit: cover; }
.portrait .share { height: 0.5rem; }
.portrait .bar { display: flex; gap: 1px; height: 100%; border-radius: 3px; overflow: hidden; }
.portrait .n { text-align: right; font-variant-numeric: tabular-nums; }
.portrait .bar i { flex-basis: 0; }
i.train { background: light-dark(#4A5568, #CBD5E0); } i.validation { background: light-dark(#718096, #8494AB); }
i.test { background: light-dark(#A0AEC0, #5D6B82); }
.portrait-legend { display: flex; align-items: center; gap: 0.35rem; font-size: 0.8rem; color: FAINT;
  margin: 0.4rem 0 0; }
.portrait-legend i { width: 0.9rem; height: 0.6rem; border-radius: 2px; margin-left: 0.7rem; }
.portrait-legend i:first-child { margin-left: 0; }
@media (max-width: 640px) { .portrait .class { grid-template-columns: 5.2rem minmax(0, 1fr) 2.4rem; }
  .portrait .share, .portrait-legend { display: none !important; } }
</style>""")
