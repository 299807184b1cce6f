"""How configurations are named and drawn: one label, one colour, one dash, one marker each, the same in every chart."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.theme import Dash, Marker, Style, configuration_colours
from model_zoo import strategies
from model_zoo.knobs import Knob, knobs, parse

NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Mark:
    """The look of one configuration in one theme; `dash` and `marker` are Plotly's names."""

    label: str
    colour: str
    css: str  # the colour in whichever scheme the page has
    dash: Dash
    marker: Marker


def label(configuration: str) -> str:
    """Name a configuration for people: its title, its counts, and whatever else differs from the defaults.

    `freeze_first` becomes “Freeze the first stages · k 2”, `full:rate=0.1` “Full fine-tuning · rate 0.1”.
    """
    strategy = strategies.get(configuration)
    told = [f"{knob.name}{NO_BREAK}{getattr(strategy, knob.name):g}" for knob in _told(strategy)]
    return f"{strategy.title} ·{NO_BREAK}{', '.join(told)}" if told else strategy.title


def explained(configurations: Sequence[str]) -> list[str]:
    """Explain the knobs that labels name, each once: “k of Freeze the first stages: pre-trained stages that …”."""
    found = [(strategy, knob) for strategy in map(strategies.get, configurations) for knob in _told(strategy)]
    lines = [f"{knob.name} of {strategy.title}: {knob.help[0].lower()}{knob.help[1:]}" for strategy, knob in found]
    return list(dict.fromkeys(lines))


def written(configuration: str) -> str:
    """Spell a configuration the one way that pages keep it: with its counts, and whatever else is not the default.

    `freeze_first` becomes `freeze_first:k=2`, `full:rate=1` becomes `full`. Raises UnknownName or ValueError.
    """
    strategy = strategies.get(configuration)
    name = parse(configuration)[0]
    values = [
        f"{knob.name}={getattr(strategy, knob.name):{'g' if knob.type is float else ''}}"
        for knob in knobs(type(strategy))
        if knob.type is int or getattr(strategy, knob.name) != knob.default
    ]
    return f"{name}:{','.join(values)}" if values else name


def _told(strategy: strategies.Strategy) -> list[Knob]:
    """Give the knobs that tell configurations apart: counts, and whatever other number is not the default."""
    return [
        knob
        for knob in knobs(type(strategy))
        if knob.type is int or (knob.type is float and getattr(strategy, knob.name) != knob.default)
    ]


def marks(configurations: Sequence[str], dark: bool) -> dict[str, Mark]:
    """Give every configuration its mark, in the order of the comparison's spec; equal labels are numbered."""
    styles = configuration_colours(len(configurations))
    labels = _distinct([label(configuration) for configuration in configurations])
    return {
        configuration: mark(name, style, dark)
        for configuration, name, style in zip(configurations, labels, styles, strict=True)
    }


def mark(label: str, style: Style, dark: bool) -> Mark:
    """Give the mark of what is called `label` and looks like `style`."""
    return Mark(label, style.colour(dark), _css(style), style.dash, style.marker)


def drawing(mark: Mark) -> str:
    """Draw the mark as a small inline SVG: a piece of its line with its marker in the middle."""
    dashes = {"solid": "none", "dash": "6 3.5", "dot": "2 3"}[mark.dash]
    return (
        f'<svg width="30" height="14" viewBox="-15 -7 30 14" aria-hidden="true" style="color:{mark.css};flex:none">'
        f'<path d="M-15 0H15" stroke="currentColor" stroke-width="2.5" stroke-dasharray="{dashes}"/>'
        f'<path d="{_SHAPES[mark.marker]}" fill="currentColor"/></svg>'
    )


_SHAPES: dict[Marker, str] = {  # around (0, 0), as Plotly draws them
    "circle": "M-5 0A5 5 0 1 1 5 0A5 5 0 1 1-5 0Z",
    "square": "M-4.5-4.5H4.5V4.5H-4.5Z",
    "diamond": "M0-6.5L6.5 0L0 6.5L-6.5 0Z",
    "triangle-up": "M0-6L6 5H-6Z",
    "triangle-down": "M0 6L6-5H-6Z",
    "cross": "M-2-6H2V-2H6V2H2V6H-2V2H-6V-2H-2Z",
    "star": "M0-6.5L1.9-2.2L6.3-2L2.9 1L4 5.5L0 3L-4 5.5L-2.9 1L-6.3-2L-1.9-2.2Z",
}


def _css(style: Style) -> str:
    return f"light-dark({style.colour_light}, {style.colour_dark})"


def _distinct(labels: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    distinct = []
    for name in labels:
        seen[name] = seen.get(name, 0) + 1
        distinct.append(f"{name} ({seen[name]})" if labels.count(name) > 1 else name)
    return distinct
