"""Knobs: options declared once, with default, help, bounds and unit. Forms, command line and docs derive from them.

A configuration is written `name` or `name:knob=value,knob=value`, on the command line, in specs and in links.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, TypeVar, get_type_hints

T = TypeVar("T")


@dataclass(frozen=True)
class Knob:
    """One option of a dataclass, as a form or a help text needs it."""

    name: str
    type: type
    default: Any
    help: str
    min: float | None = None
    max: float | None = None
    unit: str = ""


def param(default: Any, help: str, *, min: float | None = None, max: float | None = None, unit: str = "") -> Any:
    """Declare a knob as a field of a frozen dataclass; bounds are inclusive."""
    return field(default=default, metadata={"help": help, "min": min, "max": max, "unit": unit})


def knobs(options: type) -> tuple[Knob, ...]:
    """List the knobs of a dataclass in the order of their declaration."""
    hints = get_type_hints(options)
    return tuple(_knob(f, hints[f.name]) for f in fields(options) if "help" in f.metadata)


def _knob(f: Field, type_: type) -> Knob:
    default = None if f.default is MISSING else f.default
    return Knob(f.name, type_, default, **f.metadata)


def parse(text: str) -> tuple[str, dict[str, str]]:
    """Split `name:knob=value,knob=value` into the name and the values as text."""
    name, _, rest = text.strip().partition(":")
    values: dict[str, str] = {}
    for part in filter(None, rest.split(",")):
        knob, equals, value = part.partition("=")
        if not equals:
            raise ValueError(f"“{text}”: “{part}” is not of the form knob=value.")
        values[knob.strip()] = value.strip()
    return name, values


def build(options: type[T], values: Mapping[str, Any], owner: str) -> T:
    """Make the dataclass from values, as text or typed; a ValueError names the culprit and the way out."""
    known = {knob.name: knob for knob in knobs(options)}
    for name in values:
        if name not in known:
            offer = f"it has {', '.join(known)}" if known else "it has none"
            raise ValueError(f"{owner} has no knob “{name}”; {offer}.")
    return options(**{name: _convert(known[name], value, owner) for name, value in values.items()})


def _convert(knob: Knob, value: Any, owner: str) -> Any:
    if knob.type is bool:
        if str(value).lower() not in ("true", "false"):
            raise ValueError(f"{knob.name} of {owner} must be true or false, got “{value}”.")
        return str(value).lower() == "true"
    try:
        converted = knob.type(value)
    except ValueError as error:
        raise ValueError(f"{knob.name} of {owner} must be {knob.type.__name__}, got “{value}”.") from error
    if knob.type in (int, float):
        _check_bounds(knob, converted, owner)
    return converted


def _check_bounds(knob: Knob, value: float, owner: str) -> None:
    low, high = knob.min, knob.max
    if (low is not None and not value >= low) or (high is not None and not value <= high) or value != value:
        bounds = f"at least {low:g}" if high is None else f"at most {high:g}" if low is None else f"{low:g} to {high:g}"
        raise ValueError(f"{knob.name} of {owner} must be {bounds}, got {value:g}.")


def spell(name: str, options: Any) -> str:
    """Write a configuration back as text: only knobs that differ from their defaults, in order."""
    changed = [
        (k.name, getattr(options, k.name)) for k in knobs(type(options)) if getattr(options, k.name) != k.default
    ]
    return name + (":" + ",".join(f"{k}={_text(v)}" for k, v in changed) if changed else "")


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)
