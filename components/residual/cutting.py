"""Cut a block: leave any blocks out of the trained towers, and see what is left of their accuracy."""

from collections.abc import Sequence
from functools import partial
from html import escape

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
    start = 20 if 20 in depths else depths[0]
    depth = st.segmented_control(
        "Layers", depths, default=start, required=True, key="residual.cut.depth", persist_state="page"
    )
    shown = [text for text in told.networks if towers.read(text)[0] == depth]
    rows = [_row(told, text) for text in shown]
    block_buttons(rows, key=f"residual.cut.{depth}", on_press=partial(_press, told, shown))
    for text, row in zip(shown, rows, strict=True):
        if row.cut:
            _left(told, text, row)
    if any(row.cut for row in rows):
        st.button(
            "Put all blocks back", icon=":material/undo:", key="residual.cut.undo", on_click=_undo, args=(told, shown)
        )
    else:
        st.caption("The bar of a block says what is left of the accuracy on test pictures when it alone is cut.")


def _row(told: Told, text: str) -> Row:
    cuts = told.result["cuts"][text]
    return Row(towers.title(text), told.marks[text].css, cuts["whole"], tuple(cuts["without"]), tuple(_cut(told, text)))


def _left(told: Told, text: str, row: Row) -> None:
    """Say what is left without the blocks that are cut: of one it is known, of more the network is asked."""
    if len(row.cut) == 1:
        whole, left = row.whole, row.without[row.cut[0]]
    else:
        try:
            with st.spinner("Asking the network"):
                found = _ask(told.job.id if told.job else "", told.run(text), row.cut)
        except InferenceError as error:
            say(f"{row.name}: {error}")
            return
        whole, left = found.whole, found.without
    numbers = ", ".join(str(block + 1) for block in row.cut)
    blocks = f"block {numbers}" if len(row.cut) == 1 else f"blocks {numbers}"
    st.html(
        f'<div role="status"><b>{escape(row.name)}</b>: {percent(whole)} as a whole, <b>{percent(left)}</b> without '
        f"{blocks} ({points(left - whole)}).</div>"
    )


@st.cache_data(max_entries=512, show_spinner=False)
def _ask(job: str, run: str, cut: Sequence[int]) -> Cut:
    return Inference().cut(job, run, cut)


def _key(told: Told, text: str) -> str:
    return f"residual.cut.of.{told.job.id if told.job else 'shipped'}.{text}"


def _cut(told: Told, text: str) -> list[int]:
    found: list[int] = st.session_state.get(_key(told, text), [])
    return found


def _press(told: Told, shown: Sequence[str], row: int, block: int) -> None:
    text = shown[row]
    st.session_state[_key(told, text)] = sorted(set(_cut(told, text)) ^ {block})


def _undo(told: Told, shown: Sequence[str]) -> None:
    for text in shown:
        st.session_state.pop(_key(told, text), None)
