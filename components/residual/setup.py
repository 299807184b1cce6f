"""Train towers yourself: which pictures, which depths, what goes past, how long; what it costs is told before."""

import os

import psutil
import streamlit as st

from components import jobs, shell
from components.numbers import about
from components.residual.told import KIND
from components.sentences import say
from components.setup import choices
from model_zoo.data import sources
from model_zoo.data.sources import DOWNLOADS
from model_zoo.residual import towers
from model_zoo.residual.towers import ABOUT, DEPTHS, KINDS, MOST_SEEDS, MOST_TOWERS, SIZES, ResidualSpec

BUNDLED = ("digits", "materials:per_class=60")
TRAINED, VALIDATING = 0.6, 0.2  # of a set without a split of its own
MOST_EPOCHS = 60
COUNTS = {"digits": 1_797}
OTHERS = (
    "Pictures of your own, and sets that must be downloaded, are chosen on the page Compare; then they stand here too."
)


def setup() -> None:
    """Ask for everything, tell what it costs, and begin when the button is pressed."""
    data, size = _pictures()
    depths = st.pills("Layers", DEPTHS, selection_mode="multi", default=ResidualSpec.depths, key="residual.depths")
    shortcuts = st.pills(
        "What goes past the blocks", tuple(KINDS), selection_mode="multi", default=ResidualSpec.shortcuts,
        format_func=KINDS.__getitem__, key="residual.shortcuts", help="Plain: nothing goes past.",
    )  # fmt: skip
    for shortcut in shortcuts:
        st.caption(f"**{KINDS[shortcut]}.** {ABOUT[shortcut]}")
    left, right = st.columns(2)
    epochs = left.number_input("Epochs", 2, MOST_EPOCHS, ResidualSpec.epochs, key="residual.epochs")
    seeds = right.number_input("Seeds", 1, MOST_SEEDS, ResidualSpec.seeds, key="residual.seeds")
    spec = _spec(data, size, tuple(depths), tuple(shortcuts), epochs, seeds)
    pressed = st.button(
        "Train the towers", type="primary", icon=":material/play_arrow:", key="residual.start", disabled=spec is None
    )
    if spec is None:
        return
    seconds = _seconds(spec)
    if pressed:
        id = jobs.submit(KIND, spec.to_json(), estimate_seconds=seconds)
        shell.go("residual", {"id": id})
    _tell(spec, seconds)


def _pictures() -> tuple[str, int]:
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    data = left.selectbox("Pictures", _offered(), format_func=_title, key="residual.data", help=OTHERS)
    sizes = [size for size in SIZES if data == "digits" or size > SIZES[0]]
    start = sizes.index(8 if data == "digits" else 32)
    size = right.selectbox("Picture size", sizes, start, format_func="{} px".format, key=f"residual.size.{data}")
    return data, size


def _offered() -> list[str]:
    """List the sets that are here: bundled, downloaded, and what was chosen on the page Compare."""
    ready = [f"download:{row.name}" for row in DOWNLOADS if row.ready]
    chosen = choices.read(st.session_state.get(choices.KEPT, {}))[0].data
    used = [job.spec["data"] for job in jobs.store().jobs(jobs.VIEWER, "pictures")]
    own = [data for data in dict.fromkeys(used) if data.startswith("upload:") and _is_there(data)]
    return list(dict.fromkeys([*BUNDLED, *ready, *own, *([chosen] if chosen and _is_there(chosen) else [])]))


def _is_there(data: str) -> bool:
    try:
        source = sources.find(data, paths=False)
    except ValueError:
        return False
    return source.kind != "download" or sources.download(data).ready


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
        say(f"{error} At most {MOST_TOWERS} towers are trained at once." if "towers" in str(error) else str(error))
        return None


def _seconds(spec: ResidualSpec) -> float | None:
    """Estimate the job's seconds; None where nobody knows yet how many pictures there are."""
    count = _count(spec.data)
    if count is None:
        return None
    return towers.seconds(spec, round(TRAINED * count), round(VALIDATING * count), os.cpu_count() or 1)


def _count(data: str) -> int | None:
    source = sources.find(data, paths=False)
    if source.name == "materials":
        return 10 * int(source.options.per_class)
    if source.kind == "download":
        return sources.download(data).pictures
    if source.name in COUNTS:
        return COUNTS[source.name]
    portraits = (job.result for job in jobs.store().jobs(jobs.VIEWER, "pictures") if job.spec["data"] == data)
    found = next((told for told in portraits if told), None)
    return sum(found["split"][part] for part in ("train", "validation", "test")) if found else None


def _tell(spec: ResidualSpec, seconds: float | None) -> None:
    each = f"{spec.runs} runs: with the first seed each tower at {len(spec.rates)} rates, then at its best one."
    told = "How long it takes is told when it has begun." if seconds is None else f"{about(seconds).capitalize()}."
    st.caption(f"**{told}** {each} It goes on when you close the page.")
    needed = max(towers.memory_bytes(spec, depth, os.cpu_count() or 1) for depth in spec.depths)
    free = psutil.virtual_memory().available
    if needed > 0.8 * free:
        st.warning(
            f"{max(spec.depths)} layers at {spec.size} px need about {needed / 1e9:.1f} GB of memory, and "
            f"{free / 1e9:.1f} GB are free: the job will refuse. Take fewer layers or a smaller size.",
            icon=":material/memory:",
        )
