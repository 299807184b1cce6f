"""Train towers yourself: which pictures, which depths, what goes past, how long; what it costs is told before."""

import os

import psutil
import streamlit as st

from components import jobs, shell
from components.numbers import about
from components.residual.again import chosen
from components.residual.told import KIND
from components.sentences import say
from components.setup import choices
from model_zoo.data import sources
from model_zoo.data.sources import DOWNLOADS
from model_zoo.residual import towers
from model_zoo.residual.towers import ABOUT, DEPTHS, KINDS, MOST_EPOCHS, MOST_SEEDS, SIZES, ResidualSpec, Work

DIGITS, MATERIALS = "digits", "materials"
SCANS = 1_797  # in scikit-learn's digits
PART = 0.2  # of a set without a split of its own, for each of validation and test


def setup() -> None:
    """Ask for everything, tell what it costs, and begin when the button is pressed."""
    before = chosen() or ResidualSpec()
    data, size = _pictures(before)
    depths = st.pills("Layers", DEPTHS, selection_mode="multi", default=_known(before.depths), key="residual.depths")
    shortcuts = st.pills(
        "What goes past the blocks", tuple(KINDS), selection_mode="multi", default=before.shortcuts,
        format_func=KINDS.__getitem__, key="residual.shortcuts", help="Plain: nothing goes past.",
    )  # fmt: skip
    for shortcut in shortcuts:
        st.caption(f"**{KINDS[shortcut]}.** {ABOUT[shortcut]}")
    left, right = st.columns(2)
    epochs = left.number_input("Epochs", 2, MOST_EPOCHS, before.epochs, key="residual.epochs")
    seeds = right.number_input("Seeds", 1, MOST_SEEDS, before.seeds, key="residual.seeds")
    spec = _spec(data, size, tuple(depths), tuple(shortcuts), epochs, seeds)
    pressed = st.button(
        "Train the towers", type="primary", icon=":material/play_arrow:", key="residual.start", disabled=spec is None
    )
    if spec is None:
        return
    seconds = _seconds(spec)
    if pressed:
        shell.go("residual", {"id": jobs.submit(KIND, spec.to_json(), estimate_seconds=seconds)})
    _tell(spec, seconds)


def _known(depths: tuple[int, ...]) -> list[int]:
    return [depth for depth in depths if depth in DEPTHS]


def _pictures(before: ResidualSpec) -> tuple[str, int]:
    offered = _offered(before.data)
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    start = offered.index(before.data) if before.data in offered else 0
    if before.data not in offered:
        st.caption("The pictures that were chosen before are no longer here; choose others.")
    data = left.selectbox("Pictures", offered, start, format_func=_title, key="residual.data")
    sizes = [size for size in SIZES if data == DIGITS or size > SIZES[0]]
    likely = before.size if data == before.data and before.size in sizes else sizes[0] if data == DIGITS else sizes[-1]
    size = right.selectbox(
        "Picture size", sizes, sizes.index(likely), format_func="{} px".format, key=f"residual.size.{data}"
    )
    shell.link(
        "compare",
        "Bring your own pictures, or fetch CIFAR-10, on Compare; then they are offered here",
        icon=":material/photo_library:",
    )
    return data, size


def _offered(before: str) -> list[str]:
    """List the sets that are here: bundled, downloaded, and the visitor's own, those chosen `before` first."""
    ready = [f"download:{row.name}" for row in DOWNLOADS if row.ready]
    now = choices.read(st.session_state.get(choices.KEPT, {}))[0].data
    used = [before, now, *(job.spec["data"] for job in jobs.store().jobs(jobs.VIEWER, "pictures"))]
    own = [data for data in dict.fromkeys(used) if data.startswith("upload:") and _is_there(data)]
    drawn = [before] if before.startswith(f"{MATERIALS}:") else []
    return [DIGITS, MATERIALS, *drawn, *ready, *own]


def _is_there(data: str) -> bool:
    try:
        return bool(sources.find(data, paths=False))
    except ValueError:
        return False


def _title(data: str) -> str:
    return sources.find(data, paths=False).title


def _spec(
    data: str, size: int, depths: tuple[int, ...], shortcuts: tuple[str, ...], epochs: int, seeds: int
) -> ResidualSpec | None:
    """Make the spec; where the choices give none, say why."""
    if not depths or not shortcuts:
        st.caption("Choose at least one depth, and what goes past the blocks.")
        return None
    try:
        return ResidualSpec(data, size, depths, shortcuts, epochs, seeds)
    except ValueError as error:
        say(str(error))
        return None


def _seconds(spec: ResidualSpec) -> float | None:
    """Estimate the job's seconds; None where nobody knows yet how many pictures there are."""
    parts = _parts(spec.data)
    return Work(spec, *parts).seconds(os.cpu_count() or 1) if parts else None


def _parts(data: str) -> tuple[int, int, int] | None:
    """Count the pictures that train, validate and test."""
    source = sources.find(data, paths=False)
    portraits = (job.result for job in jobs.store().jobs(jobs.VIEWER, "pictures") if job.spec["data"] == data)
    if told := next((portrait for portrait in portraits if portrait), None):
        return told["split"]["train"], told["split"]["validation"], told["split"]["test"]
    if source.kind == "download":
        count = sources.download(data).pictures
    elif source.kind == "bundled":
        count = SCANS if source.name == DIGITS else 10 * int(source.options.per_class)
    else:
        return None
    part = round(PART * count)
    return count - 2 * part, part, part


def _tell(spec: ResidualSpec, seconds: float | None) -> None:
    each = f"{spec.runs} runs: with the first seed each tower at {len(spec.rates)} rates, then at its best one."
    told = "How long it takes is told when it has begun." if seconds is None else f"{about(seconds).capitalize()}."
    st.caption(f"**{told}** {each} It goes on when you close the page.")
    if refusal := towers.too_large(spec, os.cpu_count() or 1, psutil.virtual_memory().available):
        st.warning(f"{refusal} On a processor the job will refuse.", icon=":material/memory:")
