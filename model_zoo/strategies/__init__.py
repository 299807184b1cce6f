"""Strategies by name, one file each; the name of the file is the name of the strategy."""

from types import ModuleType

from model_zoo.knobs import build, parse
from model_zoo.registry import Registry
from model_zoo.strategies.strategy import Strategy


def _strategy(module: ModuleType) -> dict[str, type[Strategy]]:
    own = [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__]
    found = [cls for cls in own if issubclass(cls, Strategy) and cls is not Strategy]
    return {module.__name__.rpartition(".")[2]: found[0]} if found else {}


REGISTRY: Registry[type[Strategy]] = Registry("strategy", __name__, _strategy)


def get(text: str) -> Strategy:
    """Make a strategy from `name` or `name:knob=value,…`; raises UnknownName or ValueError with the way out."""
    name, values = parse(text)
    return build(REGISTRY[name], values, name)


def title(text: str) -> str:
    """Give what people call a configuration: the strategy's title, and the knobs that were set."""
    name, values = parse(text)
    shown = ", ".join(f"{knob} {value}" for knob, value in values.items() if knob != "map")
    return REGISTRY[name].title + (f" ({shown})" if shown else "")


__all__ = ["REGISTRY", "Strategy", "get", "title"]
