"""What is chosen on the features page besides what it shares with the compare page: layers, pooling, classifiers.

Pictures, network, size and seeds are those of `components.setup.choices`, so that what was chosen on one page stands on
the other. The address carries both kinds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar, get_args

import streamlit as st

from components.features.names import written
from components.setup import choices as shared
from components.setup.choices import Choices
from model_zoo.features.spec import DEFAULTS, FeaturesSpec, Pooling

T = TypeVar("T")

SHARED = ("data", "backbone", "size", "seeds", "seed")  # of the compare page's choices
OWN, COMPLAINTS, CHANGED = "features.choices", "features.complaints", "features.changed"
HERE = "features.start"  # a widget that is always on the page: without its state, the page has just been opened
POOLINGS: tuple[str, ...] = get_args(Pooling)


@dataclass(frozen=True)
class Wanted:
    """What the features page alone asks for. No stage means the last one before the head."""

    stages: tuple[str, ...] = ()
    pooling: str = "average"
    classifiers: tuple[str, ...] = DEFAULTS
    tune: bool = False


def spec(chosen: Choices, wanted: Wanted) -> FeaturesSpec:
    """Give the spec to start; raises ValueError where the choices do not go together, or some are missing."""
    return FeaturesSpec(**{name: getattr(chosen, name) for name in SHARED} | vars(wanted))


def address(chosen: Choices, wanted: Wanted) -> dict[str, str]:
    """Write all choices as a query; what everybody gets is left out."""
    values = {name: value for name, value in shared.address(chosen).items() if name in SHARED}
    values["classifiers"] = ",".join(wanted.classifiers)
    if wanted.stages:
        values["stages"] = ",".join(wanted.stages)
    if wanted.pooling != Wanted.pooling:
        values["pooling"] = wanted.pooling
    if wanted.tune:
        values["tune"] = "true"
    return values


def read(query: Mapping[str, str], stages: tuple[str, ...]) -> tuple[Wanted, list[str]]:
    """Read what is the page's own from a query, for a network of `stages`, and a sentence for each unusable part."""
    complaints: list[str] = []

    def take(name: str, how: Callable[[str], T], otherwise: T) -> T:
        try:
            return how(query[name]) if name in query else otherwise
        except ValueError as error:
            complaints.append(str(error))
            return otherwise

    return Wanted(
        stages=take("stages", lambda text: _stages(text, stages), ()),
        pooling=take("pooling", _pooling, Wanted.pooling),
        classifiers=_usable(query["classifiers"], complaints) if "classifiers" in query else DEFAULTS,
        tune=query.get("tune", "").lower() == "true",
    ), complaints


def arrive() -> tuple[Choices, Wanted, list[str]]:
    """Give the choices of this page, and what could not be read of the address that it was opened with."""
    if HERE not in st.session_state or OWN not in st.session_state:
        _open(st.query_params.to_dict())
    chosen, wanted = now()
    told = address(chosen, wanted)
    changed = st.session_state[CHANGED] or st.session_state.get(shared.CHANGED)
    if changed and st.query_params.to_dict() != told:
        st.query_params.from_dict(told)
    return chosen, wanted, st.session_state[COMPLAINTS]


def now() -> tuple[Choices, Wanted]:
    """Give the choices at this moment; a stage that the network does not have is not among them."""
    chosen = shared.now()
    own = st.session_state[OWN]
    known = [stage for stage in own.get("stages", "").split(",") if stage in chosen.network.stage_names[:-1]]
    return chosen, read(own | {"stages": ",".join(known)}, chosen.network.stage_names)[0]


def choose(**changes: Any) -> None:
    """Change some of the page's own choices; the address follows."""
    chosen, wanted = now()
    _keep(chosen, replace(wanted, **changes), [], changed=True)


def _open(query: dict[str, str]) -> None:
    """Take what the address says; what it leaves open is as the visitor had it, here or on the compare page."""
    complaints = shared.begin({name: query[name] for name in SHARED if name in query})
    mine = {name: value for name, value in query.items() if name in vars(Wanted())}
    bare = not mine and not any(name in query for name in SHARED)
    wanted, more = read(st.session_state.get(OWN, {}) if bare else mine, shared.now().network.stage_names)
    _keep(shared.now(), wanted, complaints + more, changed=bare)


def _keep(chosen: Choices, wanted: Wanted, complaints: list[str], changed: bool) -> None:
    own = {name: value for name, value in address(chosen, wanted).items() if name not in SHARED}
    st.session_state.update({OWN: own, COMPLAINTS: complaints, CHANGED: changed})


def _stages(text: str, stages: tuple[str, ...]) -> tuple[str, ...]:
    named = tuple(filter(None, text.split(",")))
    for name in named:
        if name not in stages[:-1]:
            raise ValueError(f"There is no layer “{name}” to read from. This network has {', '.join(stages[:-1])}.")
    return tuple(stage for stage in stages if stage in named)


def _pooling(text: str) -> str:
    if text not in POOLINGS:
        raise ValueError(f"pooling must be {', '.join(POOLINGS)}, got “{text}”.")
    return text


def _usable(named: str, complaints: list[str]) -> tuple[str, ...]:
    """Keep the classifiers that there are, each once; say why the others cannot be used."""
    usable: list[str] = []
    for text in shared.split(named):
        try:
            configuration = written(text)
        except ValueError as error:
            complaints.append(str(error))
            continue
        if configuration not in usable:
            usable.append(configuration)
    return tuple(usable)
