"""What excites a channel: pictures that do, with the place lit up, and one that is made to."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from components.inference import Architecture
from components.networks import excited
from components.networks.channel_choice import channel_choice, choose_channel, title
from components.networks.channel_rows import channel_rows
from components.networks.excited import Found, Shown
from components.networks.maximised import maximised
from components.networks.pictures_choice import pictures_choice
from components.networks.work import Work, latest, offer
from components.pages import turned_to
from components.sentences import literal
from model_zoo.backbones import Backbone
from model_zoo.experiments.jobs.excite import FILE

ROWS = 8  # channels at a glance
LEAD = (
    "A channel is one thing that a stage looks for, everywhere in a picture. Show the network pictures and see which "
    "of them each of its channels answers to, and where: the place is in full light."
)


def excitement(backbone: Backbone, size: int, found: Architecture | None) -> None:
    """Ask for pictures, a stage and a channel, and show what excites it."""
    st.caption(LEAD)
    pictures = _pictures(backbone, size)
    if found is None:
        return
    stage, channel = channel_choice(backbone, found)
    seen, made = st.columns([3, 2], gap="large")
    with seen:
        _top(pictures, stage, channel, title(found, stage, channel))
    with made:
        maximised(backbone, stage, channel, title(found, stage, channel))
    if pictures and pictures.pictures:
        _at_a_glance(pictures, found, stage, channel)


def _pictures(backbone: Backbone, size: int) -> Found | None:
    """Ask which pictures, and show them to the network; gives what was found once that is done."""
    choose, act = st.columns([2, 3], vertical_alignment="bottom", gap="medium")
    with choose:
        data = pictures_choice()
    if not data:
        return None
    spec = {"backbone": backbone.name, "data": data, "size": size}
    job = latest("excite", spec, FILE)
    if job and job.state == "finished":
        with act:
            st.caption(f"All {job.result['looked_at']:,} pictures were shown at {size} px." if job.result else "")
        return excited.found(job)
    label, doing = "Show it these pictures", "Showing it the pictures:"
    with act:
        offer(Work("excite", spec, label, doing, ":material/visibility:", primary=True), job)
    return None


def _top(pictures: Found | None, stage: str, channel: int, name: str) -> None:
    """Show the pictures that excite one channel, large."""
    if pictures is None:
        st.markdown(f"**{_first(name)} of {stage}**")
        st.html(f"{_STYLE}<div class='thaw-top empty'>{'<span></span>' * 9}</div>")
        st.caption("Here will stand the nine pictures that excite it most. Show it pictures first.")
        return
    if pictures.pictures is None:
        st.info("The pictures were deleted since. Show it others.", icon=":material/info:")
        return
    shown = pictures.top(stage, channel)
    st.markdown(f"**{_headline(shown, name, stage)}**")
    st.html(f"{_STYLE}<div class='thaw-top'>{''.join(map(_figure, shown))}</div>")


def _headline(shown: Sequence[Shown], name: str, stage: str) -> str:
    """Say what a channel answers to: the class that most of its pictures are of, if there is one."""
    if not shown:
        return f"None of these pictures excites {literal(name)} of {stage}"
    labels = [one.label for one in shown]
    most = max(labels, key=labels.count)
    if labels.count(most) * 2 > len(labels) > 1:
        share = f"{labels.count(most)} of its {len(labels)} pictures"
        return f"{_first(name)} of {stage} answers to {literal(most)}: {share}"
    return f"{_first(name)} of {stage} answers to pictures of {len(set(labels))} classes"


def _first(name: str) -> str:
    """Write a name as the first words of a sentence that Markdown shows."""
    return literal(_capital(name))


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _figure(one: Shown) -> str:
    words = f"{one.label}, {one.value:.1f}"
    return (
        f"<figure title='{escape(one.name)}'><img src='{one.source}' alt='{escape(f'{one.label}, {one.name}')}'>"
        f"<figcaption>{escape(words)}</figcaption></figure>"
    )


def _at_a_glance(pictures: Found, found: Architecture, stage: str, channel: int) -> None:
    """Show a row a channel, some at a time; a click turns to it."""
    channels = pictures.channels[stage]
    st.markdown(f"**The channels of {stage} at a glance**")
    part = range(channels)[turned_to(channels, ROWS, key=f"networks.rows.{stage}")]
    rows = {number: pictures.top(stage, number) for number in part}
    titles = {number: _capital(title(found, stage, number)) for number in part}
    channel_rows(rows, titles, channel, key="networks.channels", on_choose=choose_channel)


_STYLE = """<style>
.thaw-top { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0.6rem; max-width: 34rem; }
.thaw-top figure { margin: 0; } .thaw-top img { width: 100%; aspect-ratio: 1; display: block; border-radius: 0.35rem; }
.thaw-top figcaption { font-size: 0.8rem; line-height: 1.3; margin-top: 0.15rem; overflow-wrap: anywhere; }
.thaw-top.empty { max-width: 15rem; }
.thaw-top.empty span { aspect-ratio: 1; border-radius: 0.35rem; border: 1px dashed light-dark(#718096, #8494AB); }
</style>"""
