"""Backbones by name: shipped networks and torchvision's. Metadata is plain Python; torch loads with a network."""

from types import ModuleType

from model_zoo.backbones.backbone import Backbone, Family
from model_zoo.knobs import build, parse
from model_zoo.registry import Registry


def _rows(module: ModuleType) -> dict[str, Backbone | Family]:
    return {row.name: row for row in getattr(module, "ROWS", ())}


REGISTRY: Registry[Backbone | Family] = Registry("backbone", __name__, _rows)


def get(text: str) -> Backbone:
    """Find a backbone by `name` or `name:knob=value`; raises UnknownName or ValueError with the way out."""
    name, values = parse(text)
    row = REGISTRY[name]
    if isinstance(row, Family):
        return row.make(build(row.options, values, name))
    if values:
        raise ValueError(f"{name} has no knobs, got “{text}”.")
    return row


def pretrained() -> tuple[str, ...]:
    """Name the networks that come with pre-trained weights, families by their defaults."""
    return tuple(name for name in REGISTRY if get(name).pretrained)


__all__ = ["Backbone", "Family", "REGISTRY", "get", "pretrained"]
