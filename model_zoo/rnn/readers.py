"""Recurrent networks that can be compared on a visitor's texts, one row each, written `name` or `name:knob=value,…`."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from model_zoo.data import texts
from model_zoo.knobs import param, spell
from model_zoo.rnn.rows import Row, Rows
from model_zoo.specs import within

SHIPPED = "shipped"
LONGEST = 400  # tokens of a text that count, the last ones
MOST_CONFIGURATIONS, MOST_EPOCHS, MOST_SEEDS = 8, 50, 10
SECONDS_TO_BEGIN = 6.0
SECONDS_A_TOKEN, SECONDS_A_WEIGHT = 1.5e-5, 1.35e-10  # of training, for each token: python -m tests.bench.readers
INPUTS, SHIPPED_WEIGHTS = 96, 737_000  # values of an embedded token; recurrent weights of the English network
GATES = {"lstm": 4, "gru": 3, "rnn": 1}
DEFAULTS = (SHIPPED, "lstm", "gru", "rnn")


@dataclass(frozen=True)
class FromScratch:
    """How a network that starts from random weights is built."""

    bidirectional: bool = param(False, "Reads both ways, so that each state knows what comes after it, too.")
    layers: int = param(1, "Recurrent layers, one on top of the other.", min=1, max=3)
    hidden_size: int = param(128, "Units of a layer, in one direction.", min=8, max=512)
    dropout: float = param(0.4, "Share of what the head reads that is left out in training.", min=0.0, max=0.9)


@dataclass(frozen=True)
class FromShipped:
    """How the shipped network goes on learning."""

    gradual: bool = param(True, "Wakes one layer more each epoch, the head first, and lower layers learn slower.")


REGISTRY = Rows(
    Row(
        SHIPPED,
        "Fine-tuned LSTM",
        "Begins where the shipped network stands, which has read thousands of film reviews. Meant for few texts.",
        "Howard & Ruder 2018, Universal Language Model Fine-tuning, arXiv:1801.06146",
        FromShipped,
    ),
    Row(
        "lstm",
        "LSTM",
        "Keeps a memory that gates write, keep and read, from random weights. Holds on to what stands far back.",
        "Hochreiter & Schmidhuber 1997, Long Short-Term Memory",
        FromScratch,
    ),
    Row(
        "gru",
        "GRU",
        "Two gates instead of three and no memory of its own, from random weights. A quarter fewer recurrent weights "
        "than an LSTM.",
        "Cho et al. 2014, arXiv:1406.1078",
        FromScratch,
    ),
    Row(
        "rnn",
        "Plain RNN",
        "One layer that reads its own last answer, without gates. Forgets soon: its gradients vanish on the way back.",
        "Elman 1990, Finding Structure in Time",
        FromScratch,
    ),
)
get, title = REGISTRY.found, REGISTRY.title


@dataclass(frozen=True)
class ReadersSpec:
    """One file of texts with labels, several networks × seeds. `column` and `label` name columns of a table.

    Without a `label` the file holds sentences with a tag for every word, CoNLL or TSV. `language` says whose tokens are
    used, "" that of most texts. Run seeds are `seed`, `seed` + 1, …
    """

    file: str
    label: str = ""
    column: str = ""
    language: str = ""
    configurations: tuple[str, ...] = DEFAULTS
    epochs: int = 6
    seeds: int = 3
    seed: int = 0
    rate: float = 2e-3

    def __post_init__(self) -> None:
        spelled = tuple(spell(row.name, options) for row, options in map(get, self.configurations))
        object.__setattr__(self, "configurations", spelled)
        within("the number of networks", len(spelled), 1, MOST_CONFIGURATIONS)
        within("epochs", self.epochs, 1, MOST_EPOCHS)
        within("seeds", self.seeds, 1, MOST_SEEDS)
        within("seed", self.seed, 0, 2**31 - 1)
        within("rate", self.rate, 1e-6, 1.0)
        for text in spelled:
            if spelled.count(text) > 1:
                raise ValueError(f"“{text}” stands twice among the networks.")

    @property
    def run_seeds(self) -> range:
        return range(self.seed, self.seed + self.seeds)

    @property
    def subject(self) -> str:
        """What is learned from, as visitors call it; raises ValueError where it is no longer here."""
        return texts.name_of(self.file)

    def title(self, text: str) -> str:
        """Give what people call a configuration."""
        return title(text)

    def options(self, text: str) -> Any:
        """Give the knobs of a configuration."""
        return get(text)[1]

    def estimate(self, tokens: int) -> float:
        """Give the seconds that all runs take on so many tokens, on one core."""
        return estimate(self, tokens)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "ReadersSpec":
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in data.items() if key in known})

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"configurations": list(self.configurations)}


def estimate(spec: ReadersSpec, tokens: int) -> float:
    """Give the seconds that all runs take on texts of so many tokens, on one core."""
    each = sum(SECONDS_A_TOKEN + SECONDS_A_WEIGHT * weights(text) for text in spec.configurations)
    return SECONDS_TO_BEGIN + each * spec.seeds * spec.epochs * tokens


def weights(text: str) -> int:
    """Count the recurrent weights of a configuration: what training a token costs grows with them."""
    row, options = get(text)
    if not isinstance(options, FromScratch):
        return SHIPPED_WEIGHTS
    ways, size = 1 + options.bidirectional, options.hidden_size
    read = [INPUTS, *[ways * size] * (options.layers - 1)]
    return sum(GATES[row.name] * ways * size * (inputs + size) for inputs in read)
