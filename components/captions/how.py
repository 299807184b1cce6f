"""How words are chosen, by which of the two networks, and how the sentence begins; a link carries all of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from components.networks.address import carried
from model_zoo.knobs import parse
from model_zoo.rnn.captioning import KINDS

WAYS = {"greedy": "Greedy", "beam": "Beam search", "sample": "Sampling"}
TOLD = {
    "greedy": "**Greedy**: the likeliest word each time, and never back.",
    "beam": "**Beam search**: several beginnings grow side by side; the likeliest whole sentence wins.",
    "sample": "**Sampling**: each word is drawn by lot, the likelier the more often.",
}
WIDTH, TEMPERATURE, NUCLEUS = 3, 0.7, 0.9  # where nothing is said
WIDTHS, TEMPERATURES, NUCLEI = (2, 10), (0.1, 2.0), (0.1, 1.0)
MOST_SEED = 10**6
MOST_LETTERS = 120  # of a beginning


@dataclass(frozen=True)
class Asked:
    """What is asked of the network: `how` is spelled as model_zoo.rnn.captioning reads it."""

    kind: str = "attention"
    how: str = "beam"
    beginning: str = ""


@dataclass(frozen=True)
class Way:
    """A way to choose words, with its knobs."""

    name: str = "beam"
    width: int = WIDTH
    temperature: float = TEMPERATURE
    nucleus: float = NUCLEUS
    seed: int = 0


def spelled(way: Way) -> str:
    """Write a way with the knobs that it has and that differ from what everybody gets."""
    if way.name == "greedy":
        return "beam:width=1"
    if way.name == "beam":
        return "beam" if way.width == WIDTH else f"beam:width={way.width}"
    told = [("temperature", way.temperature, TEMPERATURE), ("nucleus", way.nucleus, NUCLEUS), ("seed", way.seed, 0)]
    changed = ",".join(f"{name}={value:g}" for name, value, usual in told if value != usual)
    return f"sample:{changed}" if changed else "sample"


def read(text: str) -> Way:
    """Read what `spelled` writes; what does not fit gives way to what everybody gets."""
    try:
        name, values = parse(text)
    except ValueError:
        return Way()
    if name == "sample":
        temperature = _number(values, "temperature", TEMPERATURES, TEMPERATURE)
        seed = round(_number(values, "seed", (0, MOST_SEED - 1), 0))
        return Way("sample", temperature=temperature, nucleus=_number(values, "nucleus", NUCLEI, NUCLEUS), seed=seed)
    if name == "beam" and values.get("width") == "1":
        return Way("greedy")
    return Way(width=round(_number(values, "width", WIDTHS, WIDTH))) if name == "beam" else Way()


def _number(values: Mapping[str, str], name: str, bounds: tuple[float, float], usual: float) -> float:
    try:
        value = float(values.get(name, usual))
    except ValueError:
        return usual
    return value if bounds[0] <= value <= bounds[1] else usual


def asked() -> Asked:
    """Ask which network speaks, how it chooses its words, and how the sentence begins."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        key = carried("network", "attention", KINDS.__contains__, page="captions")
        kind = st.segmented_control(
            "Network", list(KINDS), format_func=KINDS.__getitem__, required=True, key=key, width="content"
        )  # fmt: skip
        way = _way()
    st.caption(TOLD[way.name])
    _carry(spelled(way))
    return Asked(kind or "attention", spelled(way), _beginning())


def _way() -> Way:
    arrived = _arrived()
    name = st.segmented_control(
        "How it chooses its words", list(WAYS), default=arrived.name, required=True, format_func=WAYS.__getitem__,
        key="captions.way", width="content",
    )  # fmt: skip
    return {"greedy": lambda _: Way("greedy"), "beam": _beam, "sample": _sample}[name](arrived)


def _beginning() -> str:
    text = st.text_input(
        "Begin the sentence yourself, and the network goes on",
        key=carried("begin", "", lambda text: len(text) <= MOST_LETTERS, page="captions"),
        placeholder="such as: two children are", live=True, max_chars=MOST_LETTERS,
        help="Leave it empty, and all words are the network's own.",
    )  # fmt: skip
    return text.strip()


def _arrived() -> Way:
    """Give what the link said when the visitor came; its widgets hold what became of that."""
    key = "captions.arrived"
    if key not in st.session_state:
        st.session_state[key] = st.query_params.get("how", "beam")
    return read(st.session_state[key])


def _beam(arrived: Way) -> Way:
    low, high = WIDTHS
    width = st.slider("Beginnings side by side", low, high, arrived.width, key="captions.width", persist_state="page",
                      width=200)  # fmt: skip
    return Way(width=width)


def _sample(arrived: Way) -> Way:
    temperature = st.slider(
        "Temperature", *TEMPERATURES, arrived.temperature, 0.1, key="captions.temperature", persist_state="page",
        help="Below 1 the likely becomes likelier, above 1 the unlikely does.", width=150,
    )  # fmt: skip
    nucleus = st.slider(
        "Nucleus", *NUCLEI, arrived.nucleus, 0.05, key="captions.nucleus", persist_state="page",
        help="Only the likeliest words that together have this probability are in the lot.", width=150,
    )  # fmt: skip
    seed = st.session_state.setdefault("captions.seed", arrived.seed)
    st.button("Draw again", icon=":material/casino:", key="captions.again", on_click=_draw_again)
    return Way("sample", temperature=round(temperature, 2), nucleus=round(nucleus, 2), seed=seed)


def _draw_again() -> None:
    st.session_state["captions.seed"] = (st.session_state["captions.seed"] + 1) % MOST_SEED


def _carry(how: str) -> None:
    if how == "beam":
        st.query_params.pop("how", None)
    elif st.query_params.get("how") != how:
        st.query_params["how"] = how
