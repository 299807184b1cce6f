"""Networks that can be compared, one row each, written `name` or `name:knob=value,…`."""

from dataclasses import dataclass
from typing import Any

from model_zoo.knobs import build, parse, spell
from model_zoo.registry import UnknownName

WORDS = {"bidirectional=true": "both ways", "gradual=false": "all at once"}  # for knobs that have been set


@dataclass(frozen=True)
class Row:
    """What people call it, what it is in two sentences, the paper, and its knobs."""

    name: str
    title: str
    about: str
    reference: str
    options: type


class Rows(dict[str, Row]):
    """Rows by name."""

    def __init__(self, *rows: Row) -> None:
        super().__init__((row.name, row) for row in rows)

    def found(self, text: str) -> tuple[Row, Any]:
        """Find a row and its options by spelling; raises UnknownName or ValueError with the way out."""
        name, values = parse(text)
        if name not in self:
            raise UnknownName("recurrent network", name, tuple(self))
        return self[name], build(self[name].options, values, name)

    def title(self, text: str) -> str:
        """Give what people call a configuration, with the knobs that were set."""
        row, options = self.found(text)
        parts = [part for part in spell(row.name, options).partition(":")[2].split(",") if part]
        knobs = [WORDS.get(part, part.replace("_", " ").replace("=", " ")) for part in parts]
        return f"{row.title}, {', '.join(knobs)}" if knobs else row.title
