"""First-layer filters before and after training: edges and colours are what freezing preserves."""

import math
from html import escape

import streamlit as st

from components.gallery import data_uri_of_png
from components.inference import FilterPictures, Inference, InferenceError
from components.numbers import percent
from components.result.choice import choose_run
from components.result.record import Record
from components.theme import DARK, LIGHT, ink_on, temperature, warmth

WHAT = (
    "The first layer looks for edges and colours. A frozen one keeps those of its pre-training; one that moved far "
    "has learned its own, or lost them."
)


def first_filters(record: Record) -> None:
    """Show the first-layer filters of a chosen run, before and after, and how far each moved."""
    st.caption(WHAT)
    run = choose_run(record, key="comparison.look")
    try:
        with st.spinner("Reading the first layer; the first time takes some seconds", show_time=True):
            pictures = _filters(record.job.id, run)
    except InferenceError as error:
        st.error(str(error), icon=":material/error:")
        st.button("Try again", key="comparison.filters.again", icon=":material/refresh:")
        return
    st.html(f"{_STYLE}<p><b>{_headline(pictures.moved)}</b></p><div class='thaw-filters'>{_panels(pictures)}</div>")


@st.cache_data(max_entries=64, show_spinner=False)
def _filters(job: str, run: int) -> FilterPictures:
    return Inference().filters(job, run)


def _headline(moved: tuple[float, ...]) -> str:
    most = max(range(len(moved)), key=moved.__getitem__)
    if not moved[most]:
        return f"None of the {len(moved)} filters moved: this layer stayed frozen"
    mean = sum(moved) / len(moved)
    return f"The filters moved by {_far(mean)} on average, number {most + 1} furthest: {_far(moved[most])}"


def _panels(pictures: FilterPictures) -> str:
    shown = (("Before", pictures.before), ("After", pictures.after))
    grids = "".join(
        f"<figure><figcaption>{name}</figcaption><img src='{data_uri_of_png(png)}' alt='Filters {name.lower()} "
        "training, in rows'></figure>"
        for name, png in shown
    )
    return f"{grids}<figure><figcaption>How far each moved, in percent</figcaption>{_map(pictures.moved)}</figure>"


def _map(moved: tuple[float, ...]) -> str:
    """Draw how far each filter moved as warmth, in the places that the filters have in their grids."""
    columns = math.ceil(math.sqrt(len(moved) * 2))  # as model_zoo.explain.filters.grid lays them out
    cells = "".join(_cell(number, far) for number, far in enumerate(moved, start=1))
    return f"<div class='map' style='grid-template-columns:repeat({columns},1fr)'>{cells}</div>"


def _cell(number: int, far: float) -> str:
    light, dark = (temperature(warmth(far), is_dark) for is_dark in (False, True))
    ground, ink = f"light-dark({light},{dark})", f"light-dark({ink_on(light)},{ink_on(dark)})"
    words = escape(f"filter {number}: {_far(far)}")
    return f"<div style='background:{ground};color:{ink}' title='{words}'>{_short(far)}</div>"


def _far(moved: float) -> str:
    return percent(moved, 2 if moved < 0.01 else 1)


def _short(moved: float) -> str:
    return "0" if moved == 0 else f"{100 * moved:.1g}" if moved < 0.095 else f"{100 * moved:.0f}"


_STYLE = f"""<style>
.thaw-filters {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(17rem, 100%), 1fr)); gap: 1.5rem; }}
.thaw-filters figure {{ margin: 0; }}
.thaw-filters figcaption {{ font-size: 0.9rem; margin-bottom: 0.4rem; }}
.thaw-filters img {{ width: 100%; image-rendering: pixelated; border-radius: 0.25rem; }}
.thaw-filters .map {{ display: grid; gap: 3px; }}
.thaw-filters .map div {{ aspect-ratio: 1; display: grid; place-items: center; font-size: 0.72rem; border-radius: 2px;
  box-shadow: inset 0 0 0 1px light-dark({LIGHT.rule}, {DARK.rule}); }}
</style>"""
