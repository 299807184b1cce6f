"""Cut a block: leave any blocks out of the trained towers, and see what is left of their accuracy."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from components.inference import Cut, Inference, InferenceError
from components.numbers import percent, points
from components.residual.block_buttons import Row, block_buttons
from components.residual.told import Told
from components.sentences import say
from model_zoo.residual import towers

LEAD = """Press blocks to leave them out; what goes past them stays. In a plain tower nothing goes past: the next block
gets what it has never seen. Veit et al. 2016 found that a residual network is rather a crowd of short ones."""


@st.fragment
def cutting(told: Told) -> None:
    """Show the towers of one depth with their blocks, and what is left without those that were pressed."""
    st.markdown(LEAD)
    depths = sorted({towers.read(text)[0] for text in told.networks})
    start = 20 if 20 in depths else depths[-1]
    depth = st.segmented_control(
        "Layers", depths, default=start, required=True, key=f"residual.cut.depth.{told.key}", persist_state="page"
    )
    shown = [text for text in told.networks if towers.read(text)[0] == depth]
    st.caption(
        "A bar is what is left of the accuracy on test pictures without that block: where it is full, nobody misses it."
    )
    rows = [_row(told, text) for text in shown]
    block_buttons(rows, key=f"residual.cut.{depth}", on_press=partial(_press, told, shown))
    if any(row.cut for row in rows):
        st.button(
            "Put all blocks back", icon=":material/undo:", key="residual.cut.undo", on_click=_undo, args=(told, shown)
        )


def _row(told: Told, text: str) -> Row:
    cuts, cut = told.result["cuts"][text], tuple(_cut(told, text))
    whole, without = cuts["whole"], tuple(cuts["without"])
    said = _left(told, text, whole, without, cut) if cut else f"{percent(whole)} as a whole"
    return Row(towers.title(text), told.marks[text].css, whole, without, cut, said)


def _left(told: Told, text: str, whole: float, without: Sequence[float], cut: tuple[int, ...]) -> str:
    """Say what is left without the blocks that are cut: of one it is known, of more the network is asked."""
    if len(cut) == 1:
        left = without[cut[0]]
    else:
        try:
            with st.spinner("Asking the network"):
                found = _ask(told.job.id if told.job else "", told.run(text), cut)
        except InferenceError as error:
            say(f"{towers.title(text)}: {error}")
            return f"{percent(whole)} as a whole"
        whole, left = found.whole, found.without
    numbers = ", ".join(str(block + 1) for block in cut)
    blocks = f"block {numbers}" if len(cut) == 1 else f"blocks {numbers}"
    return f"{percent(whole)} as a whole, {percent(left)} without {blocks} ({points(left - whole)})"


@st.cache_data(max_entries=512, show_spinner=False)
def _ask(job: str, run: str, cut: Sequence[int]) -> Cut:
    return Inference().cut(job, run, cut)


def _key(told: Told, text: str) -> str:
    return f"residual.cut.of.{told.key}.{text}"


def _cut(told: Told, text: str) -> list[int]:
    found: list[int] = st.session_state.get(_key(told, text), [])
    return found


def _press(told: Told, shown: Sequence[str], row: int, block: int) -> None:
    text = shown[row]
    st.session_state[_key(told, text)] = sorted(set(_cut(told, text)) ^ {block})


def _undo(told: Told, shown: Sequence[str]) -> None:
    for text in shown:
        st.session_state.pop(_key(told, text), None)
