"""A strategy drawn before it runs: stages × epochs on the temperature scale, input first, head last.

Ice is frozen, ember moves at the whole learning rate; hatched where only a fraction of a stage's parameters trains.
Everything here is HTML for `st.html`, whose colours follow the page's light or dark scheme by themselves.
"""

from collections.abc import Sequence
from html import escape
from itertools import groupby

from components.theme import DARK, LIGHT, ink_on, temperature, warmth
from model_zoo.strategies import Strategy

MOST_SEPARATED = 24  # columns of a thumbnail that are drawn as cells; more run into one another
MOST_NUMBERED = 12  # epochs whose numbers stand above the large figure
LEAST_NUMBERED = 0.08  # share of the width that a strip needs to carry its factor as text
THUMBNAIL_ROW, ROW, GAP, HEAD_GAP = 11, 26, 2, 3  # px

Rows = tuple[tuple[float, ...], ...]  # (stage, epoch)


def scheme(light: str, dark: str) -> str:
    """Give the CSS colour that is `light` or `dark` as the page is."""
    return f"light-dark({light}, {dark})"


def scheme_colour(factor: float) -> str:
    """Give the CSS colour of a learning-rate factor on the temperature scale."""
    return scheme(*(temperature(warmth(factor), dark) for dark in (False, True)))


def ink(factor: float) -> str:
    """Give the CSS colour of text that stands on the colour of `factor`."""
    return scheme(*(ink_on(temperature(warmth(factor), dark)) for dark in (False, True)))


def factors(strategy: Strategy, stages: Sequence[str], epochs: int) -> Rows:
    """Give the learning-rate factor of every stage (row) in every epoch (column)."""
    columns = [strategy.lr_scales(tuple(stages), epoch, epochs) for epoch in range(epochs)]
    return tuple(zip(*columns, strict=True))


def runs(row: Sequence[float]) -> list[tuple[float, int]]:
    """Give each factor of a stage with the number of epochs it lasts."""
    return [(factor, len(list(same))) for factor, same in groupby(row)]


def thumbnail(strategy: Strategy, stages: Sequence[str], epochs: int) -> str:
    """Draw the strategy small, as wide as the room it is given, with its description as alternative text."""
    rows = factors(strategy, stages, epochs)
    lines = [
        _track(row, THUMBNAIL_ROW, hatched=strategy.partial and y < len(rows) - 1, numbered=False)
        for y, row in enumerate(rows)
    ]
    alt = escape(f"Heat map. {describe(strategy, stages, epochs)}")
    return (
        f'<div role="img" aria-label="{alt}" title="{alt}" style="display:grid;gap:{GAP}px;width:100%">'
        f'{"".join(lines[:-1])}<div style="height:{HEAD_GAP - GAP}px"></div>{lines[-1]}</div>'
    )


def figure(strategy: Strategy, stages: Sequence[str], epochs: int) -> str:
    """Draw the strategy large: with stage names, epoch numbers and a legend."""
    rows = factors(strategy, stages, epochs)
    lines = [_epochs(epochs)]
    for stage, row in zip(stages, rows, strict=True):
        head = stage == stages[-1]
        top = f"margin-top:{HEAD_GAP}px" if head else ""
        track = _track(row, ROW, hatched=strategy.partial and not head, numbered=True)
        lines.append(f'<div style="text-align:right;align-self:center;{top}">{escape(stage)}</div>')
        lines.append(f'<div style="min-width:0;{top}">{track}</div>')
    alt = escape(describe(strategy, stages, epochs))
    return (
        f'<div role="img" aria-label="{alt}" style="display:grid;grid-template-columns:auto 1fr;'
        f'gap:{GAP}px 0.6rem;font-size:0.8rem">{"".join(lines)}</div>{_legend(strategy.partial)}'
    )


def describe(strategy: Strategy, stages: Sequence[str], epochs: int) -> str:
    """Say in words what the heat map shows: which stages move, when, and at which fraction of the rate."""
    paired = zip(stages, factors(strategy, stages, epochs), strict=True)
    groups = [(row, [stage for stage, _ in pairs]) for row, pairs in groupby(paired, key=lambda pair: pair[1])]
    sentences = [f"{_names(names)}: {_schedule(row)}" for row, names in groups]
    partly = " Of each stage but the head only a fraction trains." if strategy.partial else ""
    random = "" if strategy.pretrained else " All weights start at random."
    return "; ".join(sentences) + "." + partly + random


# --- drawing

_HATCH = scheme(LIGHT.background, DARK.background)
_STRIPES = f"repeating-linear-gradient(-45deg, {_HATCH} 0 1.6px, transparent 1.6px 5.5px)"
_EDGE = scheme(LIGHT.rule, DARK.rule)


def _track(row: Sequence[float], height: int, hatched: bool, numbered: bool) -> str:
    """Draw one stage: a strip of equal factors each, cut into cells by a mask."""
    cell = f"{100 / len(row):.4f}%"
    # the strip is one gap wider than its room, so that its last cell ends where the room ends
    mask = f"repeating-linear-gradient(90deg, #000 0 calc({cell} - {GAP}px), transparent 0 {cell})"
    cut = f"margin-right:-{GAP}px;-webkit-mask:{mask};mask:{mask}" if len(row) <= MOST_SEPARATED else ""
    strips = "".join(
        _strip(factor, cells, hatched and factor > 0, numbered and cells / len(row) >= LEAST_NUMBERED)
        for factor, cells in runs(row)
    )
    edge = f"box-shadow:inset 0 0 0 1px {_EDGE}"
    return (
        f'<div style="overflow:hidden;border-radius:3px"><div style="display:flex;height:{height}px;{edge};{cut}">'
        f"{strips}</div></div>"
    )


def _strip(factor: float, cells: int, hatched: bool, numbered: bool) -> str:
    colour = scheme_colour(factor)
    stripes = f"{_STRIPES}, " if hatched else ""
    patch = f"background:{colour};" if hatched else ""
    text = f'<span style="{patch}padding:0 0.35em;border-radius:2px">{factor:.2g}</span>' if numbered else ""
    fill = f"background:{stripes}linear-gradient({colour} 0 0)"
    layout = f"flex:{cells} 1 0;min-width:0;overflow:hidden;display:flex;align-items:center"
    return f'<div style="{layout};{fill};color:{ink(factor)}">{text}</div>'


def _epochs(epochs: int) -> str:
    every = max(1, round(epochs / MOST_NUMBERED))
    numbers = "".join(
        f'<span style="flex:{min(every, epochs - first)} 1 0;min-width:0;'
        f'text-align:{"center" if every == 1 else "left"}">{first + 1}</span>'
        for first in range(0, epochs, every)
    )
    faint = scheme(LIGHT.faint, DARK.faint)
    return (
        f'<div style="text-align:right;color:{faint}">epoch</div>'
        f'<div style="display:flex;color:{faint};font-variant-numeric:tabular-nums">{numbers}</div>'
    )


def _legend(partial: bool) -> str:
    swatch = "display:inline-block;width:1.1em;height:0.9em;border-radius:3px;vertical-align:-0.1em;margin-right:0.35em"
    entries = [(0.0, "frozen"), (0.1, "a tenth of the rate"), (1.0, "the whole rate")]
    items = [(f"background:{scheme_colour(factor)}", words) for factor, words in entries]
    if partial:
        items.append((f"background:{_STRIPES}, {scheme_colour(1.0)}", "only a fraction of the stage trains"))
    spans = "".join(f'<span><span style="{swatch};{fill}"></span>{words}</span>' for fill, words in items)
    layout = "display:flex;flex-wrap:wrap;gap:0.2rem 1.1rem;font-size:0.8rem;margin-top:0.5rem"
    return f'<div style="{layout}">{spans}</div>'


# --- the words


def _names(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} {'and' if len(names) == 2 else 'to'} {names[-1]}"


def _schedule(row: Sequence[float]) -> str:
    spans = runs(row)
    if len(spans) == 1:
        return _pace(spans[0][0])
    if len(spans) > 3:
        return f"from {row[0]:.2g} to {row[-1]:.2g} of the rate over {len(row)} epochs, at most {max(row):.2g}"
    words, epoch = _pace(spans[0][0]), 1 + spans[0][1]
    for factor, length in spans[1:]:
        words += f", {_pace(factor)} from epoch {epoch}"
        epoch += length
    return words


def _pace(factor: float) -> str:
    return "frozen" if factor == 0 else "at the whole rate" if factor == 1 else f"at {factor:.2g} of the rate"
