"""The stages of a network, listed: what is in each, what it gives, what it costs; above them the network drawn."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from components.inference import Architecture, Inference, StageShape
from components.networks.asked import answer
from components.networks.strip import strip
from components.numbers import count, percent
from components.setup.colours import coloured
from model_zoo.backbones import Backbone

HEADS = ("Stage", "Gives", "Parameters", "Multiply-adds")
COSTS = "Parameters are what the stage has learned; multiply-adds are the work of one forward pass, for one picture."


def measured(backbone: Backbone, size: int) -> Architecture | None:
    """Give the architecture at a size once the inference process has measured it; until then say that it does."""
    doing = f"Working out shapes and multiply-adds at {size} px; the first time takes some seconds"
    question = ("architecture", backbone.name, backbone.stages, size)
    return answer("networks.architecture", question, lambda: Inference().architecture(backbone.name, size), doing)


def architecture_view(backbone: Backbone, size: int, found: Architecture | None) -> None:
    """Draw the stages; while they are not measured, what the registry knows of them: names and parameters."""
    stages = found.stages if found else _unmeasured(backbone)
    strip(stages, size)
    st.html(_STYLE + _table(stages))
    st.caption(COSTS)


def headline(backbone: Backbone, size: int, found: Architecture | None) -> str:
    """Say in a sentence what the network is and where its parameters and its work are."""
    parameters = backbone.parameters(backbone.pretrained_classes)
    most = max(range(len(parameters)), key=parameters.__getitem__)
    said = (
        f"{backbone.title} has {count(sum(parameters))} parameters in {len(parameters)} stages, "
        f"{percent(parameters[most] / sum(parameters), 0)} of them in {backbone.stage_names[most]}"
    )
    if found is None:
        return f"{said}."
    work = [stage.multiply_adds for stage in found.stages]
    hardest = max(range(len(work)), key=work.__getitem__)
    return (
        f"{said}. A picture of {size} px takes {count(sum(work))} multiply-adds, "
        f"{percent(work[hardest] / sum(work), 0)} of them in {found.stages[hardest].name}."
    )


def shape_in_words(shape: Sequence[int]) -> str:
    """Write the shape of what a stage gives for one picture: maps, tokens or single values."""
    if len(shape) == 3:
        return f"{shape[0]:,} maps of {shape[1]} × {shape[2]}"
    if len(shape) == 2:
        return f"{shape[0]:,} tokens of {shape[1]:,}"
    return f"{shape[0]:,} values" if shape else "…"


def _unmeasured(backbone: Backbone) -> tuple[StageShape, ...]:
    counts = zip(backbone.stage_names, backbone.parameters(backbone.pretrained_classes), strict=True)
    return tuple(StageShape(name, (), (), 0, parameters, 0) for name, parameters in counts)


def _table(stages: Sequence[StageShape]) -> str:
    """List the stages, input first: what is in each, what it gives, and its share of parameters and of the work."""
    parameters, work = sum(s.parameters for s in stages), sum(s.multiply_adds for s in stages)
    rows = "".join(_row(stage, parameters, work) for stage in stages)
    heads = "".join(f"<span role='columnheader'>{head}</span>" for head in HEADS)
    return f"<div class='thaw-stages' role='table'><div class='head' role='row'>{heads}</div>{rows}</div>"


def _row(stage: StageShape, parameters: int, work: int) -> str:
    inside = "".join(f"<li>{_times(times)}{escape(words)}</li>" for words, times in stage.layers)
    told = f"<b>{escape(stage.name)}</b><ul>{inside}</ul>"
    costs = _bar(stage.parameters, parameters, "parameters") + _bar(stage.multiply_adds, work, "multiply-adds")
    gives = f"<span role='cell' class='gives'>{shape_in_words(stage.shape)}</span>"
    return f"<div role='row'><div role='cell' class='what'>{told}</div>{gives}{costs}</div>"


def _times(times: int) -> str:
    return f"<em>{times} ×</em> " if times > 1 else ""


def _bar(part: int, whole: int, what: str) -> str:
    if not whole:
        return f"<span role='cell' class='bar' data-what='{what}'><span>…</span></span>"
    share = part / whole
    words = f"{count(part)} <small>{_share(share)}</small>"
    return (
        f"<span role='cell' class='bar' data-what='{what}'><span>{words}</span>"
        f"<i style='--share:{100 * share:.2f}%'></i></span>"
    )


def _share(share: float) -> str:
    if 0 < share < 0.0001:
        return "&lt; 0.01 %"
    return percent(share, 2 if 0 < share < 0.0095 else 0)


_STYLE = coloured("""<style>
.thaw-stages { font-size: 0.9rem; line-height: 1.4; }
.thaw-stages > div { display: grid; grid-template-columns: minmax(0, 2.6fr) minmax(0, 1.1fr) repeat(2, minmax(0, 1fr));
  gap: 0.2rem 1.25rem; padding: 0.55rem 0; border-top: 1px solid RULE; align-items: start; }
.thaw-stages .head { border: 0; font-size: 0.8rem; color: FAINT; padding-bottom: 0.3rem; }
.thaw-stages ul { list-style: none; margin: 0.1rem 0 0; padding: 0; color: FAINT; font-size: 0.82rem; }
.thaw-stages li { margin: 0; } .thaw-stages em { font-style: normal; font-weight: 600; }
.thaw-stages .bar, .thaw-stages .gives { font-variant-numeric: tabular-nums; }
.thaw-stages small { color: FAINT; font-size: 0.8rem; margin-left: 0.3rem; }
.thaw-stages .bar i { display: block; height: 6px; border-radius: 3px; background: RULE; margin-top: 0.25rem; }
.thaw-stages .bar i::after { content: ""; display: block; width: var(--share); min-width: 2px; height: 100%;
  border-radius: 3px; background: EDGE; }
@media (max-width: 640px) {
  .thaw-stages .head { display: none; }
  .thaw-stages > div { grid-template-columns: 1fr 1fr; }
  .thaw-stages .what, .thaw-stages .gives { grid-column: 1 / -1; }
  .thaw-stages .bar::before { content: attr(data-what); font-size: 0.75rem; color: FAINT; display: block; } }
</style>""")
