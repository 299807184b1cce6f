"""What is chosen, as plain values. The address of the page follows it, so that a link opens the page as it was.

An address is read when the page is opened, never while it is used: the browser sends the one that it has seen last.
Where it is bare, as after a click in the menu, what the visitor chose before comes back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import streamlit as st

from components.configurations import written
from components.setup import presets
from model_zoo import backbones, strategies
from model_zoo.backbones import Backbone
from model_zoo.data import sources
from model_zoo.specs import MOST_CONFIGURATIONS, ComparisonSpec

T = TypeVar("T")

FIRST_MATERIALS = "materials:per_class=40"  # a verdict within a minute on two slow cores
KEPT, COMPLAINTS, CHANGED = "compare.choices", "compare.complaints", "compare.changed"
HERE = "compare.start"  # a widget that is always on the page: without its state, the page has just been opened
MOST = {"epochs": 200, "seeds": 20}
LOWEST_RATE, HIGHEST_RATE = 1e-6, 1.0


@dataclass(frozen=True)
class Choices:
    """What the four steps hold. `data` is "" until a set is chosen; `size` is in pixels, `rate` AdamW's peak rate."""

    data: str = ""
    backbone: str = "resnet_mini"
    size: int = 64
    strategies: tuple[str, ...] = presets.PRESETS[0].strategies
    epochs: int = 6
    seeds: int = 3
    rate: float = ComparisonSpec.rate
    seed: int = 0

    @property
    def network(self) -> Backbone:
        return backbones.get(self.backbone)

    def spec(self) -> ComparisonSpec:
        """Give the spec to start; raises ValueError where the choices do not go together, or some are missing."""
        return ComparisonSpec(**vars(self))


def address(choices: Choices) -> dict[str, str]:
    """Write the choices as a query; a preset stands for its strategies."""
    values = {name: str(value) for name, value in vars(choices).items() if name != "strategies"}
    values["rate"] = f"{choices.rate:g}"
    if preset := presets.named(choices.strategies):
        values["preset"] = preset
    else:
        values["strategies"] = ",".join(choices.strategies)  # may be empty: none is ticked
    return {name: value for name, value in values.items() if value or name == "strategies"}


def read(query: Mapping[str, str]) -> tuple[Choices, list[str]]:
    """Read choices from a query, and a sentence for each part that cannot be used; defaults fill what is missing."""
    complaints: list[str] = []

    def take(name: str, how: Callable[[str], T], otherwise: T) -> T:
        try:
            return how(query[name]) if query.get(name) or (name == "strategies" and name in query) else otherwise
        except ValueError as error:
            complaints.append(str(error))
            return otherwise

    default = Choices()
    backbone = take("backbone", _backbone, default.network)
    preset = take("preset", lambda name: presets.preset(name).strategies, default.strategies)
    chosen = take("strategies", split, preset)
    return Choices(
        data=take("data", lambda text: _data(text, whole="epochs" in query), default.data),
        backbone=backbone.name,
        size=take("size", lambda text: _between("size", text, backbone.smallest, backbone.largest), backbone.size),
        strategies=tuple(_usable(chosen, backbone, complaints)),
        epochs=take("epochs", lambda text: _between("epochs", text, 1, MOST["epochs"]), default.epochs),
        seeds=take("seeds", lambda text: _between("seeds", text, 1, MOST["seeds"]), default.seeds),
        rate=take("rate", _rate, default.rate),
        seed=take("seed", lambda text: _between("seed", text, 0, 2**31), default.seed),
    ), complaints


def arrive() -> tuple[Choices, list[str]]:
    """Give the choices of this page, and what could not be read of the address that it was opened with."""
    if HERE not in st.session_state or KEPT not in st.session_state:
        query = st.query_params.to_dict()
        found, complaints = read(query if _names(query) else st.session_state.get(KEPT, {}))
        st.session_state.update({KEPT: address(found), COMPLAINTS: complaints, CHANGED: not _names(query)})
    if st.session_state[CHANGED] and st.query_params.to_dict() != st.session_state[KEPT]:
        st.query_params.from_dict(st.session_state[KEPT])
    return now(), st.session_state[COMPLAINTS]


def begin(query: Mapping[str, str]) -> list[str]:
    """Take from another page's address what stands there; the rest stays as the visitor had it, or is the default.

    Gives a sentence for each part that cannot be used.
    """
    kept = st.session_state.get(KEPT, {})
    other = query.get("backbone", kept.get("backbone")) != kept.get("backbone")  # whose sizes may be others
    found, complaints = read({name: kept[name] for name in kept if not (other and name == "size")} | dict(query))
    st.session_state.update({KEPT: address(found), COMPLAINTS: [], CHANGED: False})
    return complaints


def now() -> Choices:
    """Give the choices at this moment."""
    return read(st.session_state[KEPT])[0]


def choose(**changes: Any) -> None:
    """Change some of the choices; the address follows."""
    st.session_state.update({KEPT: address(replace(now(), **changes)), COMPLAINTS: [], CHANGED: True})


def _names(query: Mapping[str, str]) -> bool:
    return any(name in query for name in (*vars(Choices()), "preset"))


def _data(text: str, whole: bool) -> str:
    """Find the set; an address that names no budget asks for a first race, and gets as many materials as suit one."""
    if text == "materials" and not whole:
        return FIRST_MATERIALS
    return sources.find(text, paths=False).reference


def _backbone(text: str) -> Backbone:
    backbone = backbones.get(text)
    return replace(backbone, name=text)


def split(text: str) -> tuple[str, ...]:
    """Split `a,b:k=1,j=2,c`: what follows a comma is a knob of the one before if it has `=` and no name."""
    parts: list[str] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        if parts and "=" in part and ":" not in part.partition("=")[0]:
            parts[-1] += f",{part}"
        else:
            parts.append(part)
    return tuple(parts)


def _usable(configurations: tuple[str, ...], backbone: Backbone, complaints: list[str]) -> list[str]:
    """Keep what can run on this network, each once; say why the others cannot."""
    usable: list[str] = []
    for text in configurations:
        try:
            configuration = written(text)
            strategies.get(configuration).lr_scales(backbone.stage_names, 0, 1)
        except ValueError as error:
            complaints.append(str(error))
            continue
        if configuration not in usable:
            usable.append(configuration)
    if len(usable) > MOST_CONFIGURATIONS:
        complaints.append(f"At most {MOST_CONFIGURATIONS} strategies can race; {len(usable)} are named.")
    return usable[:MOST_CONFIGURATIONS]


def _between(what: str, text: str, low: int, high: int) -> int:
    try:
        number = int(text)
    except ValueError as error:
        raise ValueError(f"{what} must be a whole number, got “{text}”.") from error
    if not low <= number <= high:
        raise ValueError(f"{what} must be {low} to {high}, got {number}.")
    return number


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError as error:
        raise ValueError(f"rate must be a number, got “{text}”.") from error
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise ValueError(f"rate must be {LOWEST_RATE:g} to {HIGHEST_RATE:g}, got {rate:g}.")
    return rate
