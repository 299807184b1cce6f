"""How rows of the features page are named and drawn: a classifier on a layer, `svm_linear@stage4`, has one look."""

from collections.abc import Sequence

from components.configurations import NO_BREAK, Mark, drawing, mark
from components.configurations import label as strategy_label
from components.theme import configuration_colours
from model_zoo import strategies as strategies_
from model_zoo.features import classifiers
from model_zoo.knobs import knobs, parse, spell

LOOKS = 21  # that can be told apart; more rows wear them a second time, and are told apart by their labels


def written(text: str) -> str:
    """Spell a classifier the one way that pages keep it: with the knobs that are not the default; raises ValueError."""
    _, options = classifiers.get(text)
    return spell(parse(text)[0], options)


def label(text: str) -> str:
    """Name a classifier for people: “Nearest neighbours · neighbours 3”."""
    row, options = classifiers.get(text)
    changed = [knob for knob in knobs(type(options)) if getattr(options, knob.name) != knob.default]
    told = ", ".join(f"{knob.name}{NO_BREAK}{_number(getattr(options, knob.name))}" for knob in changed)
    return f"{row.title} ·{NO_BREAK}{told}" if told else row.title


def parts(name: str) -> tuple[str, str]:
    """Split a row's name into its classifier and its layer."""
    text, _, stage = name.rpartition("@")
    return text, stage


def row_label(name: str, stages: Sequence[str]) -> str:
    """Name a row; the layer is told where there are several."""
    text, stage = parts(name)
    return f"{label(text)}, {stage}" if len(stages) > 1 else label(text)


def trained_label(strategy: str) -> str:
    """Name a strategy among classifiers: what began with pre-trained weights was fine-tuned."""
    named = strategy_label(strategy)
    return f"{named}, fine-tuned" if strategies_.get(strategy).pretrained else named


def marks(rows: Sequence[str], stages: Sequence[str], dark: bool, strategies: Sequence[str] = ()) -> dict[str, Mark]:
    """Give every row its mark, in the order of the spec, then every fine-tuning strategy that stands beside them."""
    labels = {name: row_label(name, stages) for name in rows}
    labels |= {name: trained_label(name) for name in strategies}
    looks = configuration_colours(LOOKS)
    return {name: mark(words, looks[i % LOOKS], dark) for i, (name, words) in enumerate(labels.items())}


def drawn_marks(classifiers_: Sequence[str]) -> dict[str, str]:
    """Draw the marks of classifiers as they will be on their first layer."""
    looks = configuration_colours(min(LOOKS, len(classifiers_)))
    return {text: drawing(mark(label(text), look, dark=False)) for text, look in zip(classifiers_, looks, strict=False)}


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
