"""One to many: a picture goes in once, a sentence comes out word by word (Xu et al. 2015, arXiv:1502.03044).

Two networks are shipped that learned from the same photographs for the same time: one looks at the picture anew before
every word, the other has seen it once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_zoo.events import drained
from model_zoo.home import WEIGHTS
from model_zoo.knobs import build, parse
from model_zoo.rnn.mode import Reads, Wiring
from model_zoo.rnn.prediction import Alternative, Node, Prediction, Sentence, Word

if TYPE_CHECKING:
    from torch import Tensor

    from model_zoo.rnn import decoding
    from model_zoo.rnn.captioning_network import CaptionNetwork, Close
    from model_zoo.rnn.decoding import Sampling, Search
    from model_zoo.rnn.encoder import Encoder

TITLE = "Captions"
READS: Reads = "picture"
WIRING: Wiring = "one to many"
KINDS = {"attention": "With attention", "plain": "Without attention"}
EXAMPLES: dict[str, tuple[str, ...]] = dict.fromkeys(KINDS, ())  # pictures, which the page brings
END, UNKNOWN = 0, 1  # among words: what stands before and after every caption, and what the network has no word for
ALTERNATIVES = 6
PICTURES_AT_ONCE = 64
MOST_GIVEN = 15  # words of a beginning
UNLIKE = 0.99  # of pictures held out are less unlike those of training: more, and the page warns
LETTERS = re.compile(r"[a-z0-9']+")


@dataclass(frozen=True)
class Captioner:
    """An encoder, the network that speaks of what it sees, and the words it knows; how unlike pictures may be.

    `usual` describes the pooled features of training pictures: mean (C,), the directions in which they vary most
    (D, C), how far they vary in each (D,), and how far on the whole in all others. `unlikeness` are the hundredths of
    what pictures held out have. `how` words are found has the knobs that were chosen with it.
    """

    kind: str
    encoder: Encoder
    network: CaptionNetwork
    words: tuple[str, ...]
    usual: dict[str, Tensor]
    unlikeness: tuple[float, ...]
    how: str = "beam"

    def numbers(self, words: Sequence[str]) -> list[int]:
        """Give the numbers of words; UNKNOWN for those that it has no word for."""
        return [self._places.get(word, UNKNOWN) for word in words]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(self.words)}


def card() -> dict[str, Any]:
    """Read the model card; raises ValueError with a sentence where it is not there."""
    return json.loads(_shipped(".json").read_text("utf-8"))


def digest() -> str:
    """Hash the weights that are shipped: other ones say other things. Raises ValueError where they are not there."""
    with _shipped(".safetensors").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


@cache
def load(kind: str) -> Captioner:
    """Load what is shipped, `attention` or `plain`; raises ValueError with a sentence for another one."""
    from safetensors import safe_open

    from model_zoo.rnn.captioning_network import CaptionNetwork, Shape

    if kind not in KINDS:
        raise ValueError(f"The captioner must be one of {', '.join(KINDS)}, got “{kind[:40]}”.")
    told = card()
    with safe_open(_shipped(".safetensors"), "pt") as file:
        parts = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - it is no mapping
        words = tuple(file.metadata()["words"].split("\n"))
    network = CaptionNetwork(Shape(**told["shapes"][kind]))
    network.load_state_dict(_within(parts, kind))
    encoder = _encoder(told["backbone"])
    usual = _within(parts, "usual")
    network.eval().requires_grad_(False)
    return Captioner(kind, encoder, network, words, usual, tuple(told["unlikeness"]), told["how"])


@cache
def _encoder(backbone: str) -> Encoder:
    from model_zoo.rnn.encoder import Encoder

    return Encoder(backbone)


def _within(parts: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    return {key.removeprefix(f"{name}."): part for key, part in parts.items() if key.startswith(f"{name}.")}


def _shipped(suffix: str) -> Path:
    file = WEIGHTS / f"captioning{suffix}"
    if not file.exists():
        raise ValueError(f"Captions need {file}, which is not there. Get Thaw whole again.")
    return file


def pixels(picture: bytes) -> Tensor:
    """Decode a picture file, squashed to a square as those of training were: uint8 (3, S, S). Raises Unusable."""
    import torch

    from model_zoo.data.decode import decode
    from model_zoo.rnn.encoder import SIZE

    return torch.from_numpy(decode(picture, SIZE, squash=True).pixels)


def captions(
    captioner: Captioner, pictures: Tensor, how: str = "beam", prefix: Sequence[str] = ()
) -> Generator[int, None, list[list[Sentence]]]:
    """Say what uint8 pictures (N, 3, S, S) show; yields how many are done, and gives the best sentences of each.

    `how` is `beam` or `sample` with the knobs of Search and Sampling, as in `beam:width=5`; what it leaves open the
    captioner fills. Raises ValueError.
    """
    import torch

    found: list[list[Sentence]] = []
    for some in pictures.split(PICTURES_AT_ONCE):
        with torch.inference_mode():
            grids = captioner.encoder(some)
        found += drained(captions_of(captioner, grids, how, prefix))
        yield len(found)
    return found


def captions_of(
    captioner: Captioner, grids: Tensor, how: str = "beam", prefix: Sequence[str] = ()
) -> Generator[int, None, list[list[Sentence]]]:
    """Do what `captions` does with what the encoder has made of pictures, grids (N, P, features)."""
    import torch

    method, found = method_of(captioner, how), []
    for some in grids.split(PICTURES_AT_ONCE):
        with torch.inference_mode():
            said = _speak(captioner, some.float(), method, captioner.numbers(prefix))
        found += [[_sentence(captioner, each) for each in sentences] for sentences in said]
        yield len(found)
    return found


def predict(picture: Tensor, kind: str = "attention", how: str = "beam", beginning: str = "") -> Prediction:
    """Look closely at one uint8 picture (3, S, S), as `pixels` gives it, and say what it shows.

    The words go on from a `beginning`. Raises ValueError with a sentence.
    """
    import torch

    from model_zoo.rnn.states import told

    captioner = load(kind)
    method = method_of(captioner, how)
    given = _words(beginning)
    if len(given) > MOST_GIVEN:
        raise ValueError(f"A beginning may have {MOST_GIVEN} words; this one has {len(given)}.")
    prefix, tree = captioner.numbers(given), []
    with torch.inference_mode():
        grid = captioner.encoder(picture[None])
        best, *others = _speak(captioner, grid, method, prefix, tree)[0]
        close = captioner.network.closely(grid, torch.tensor([[END, *best.tokens]]))
        strange = unlike(captioner, grid)
    spelled = [*_spelled(captioner, best.tokens, given), ""]
    side = round(grid.shape[1] ** 0.5)
    return Prediction(
        text=" ".join(spelled).strip(),
        said=tuple(_said(captioner, close, place, word, place < len(given)) for place, word in enumerate(spelled)),
        grid=(side, side) if side * side == grid.shape[1] else (1, grid.shape[1]),
        sentences=tuple(_sentence(captioner, each, given) for each in (best, *others)),
        tree=tuple(
            _node(captioner, node, given[place] if place < len(given) else "") for place, node in enumerate(tree)
        ),
        states=told([close.steps], range(len(spelled)), 0),
        unlike=strange,
        note=_unknown(given, prefix),
    )


def method_of(captioner: Captioner, how: str) -> Search | Sampling:
    """Read how words are found; what that leaves open the captioner fills. Raises ValueError with a sentence."""
    from model_zoo.rnn.decoding import METHODS

    (name, values), (usual, chosen) = parse(how), parse(captioner.how)
    if name not in METHODS:
        raise ValueError(f"Words are found by {' or '.join(METHODS)}, not by “{name[:40]}”.")
    return build(METHODS[name], chosen | values if name == usual else values, name)


def unlikeness(grid: Tensor, usual: dict[str, Tensor]) -> Tensor:
    """Give how unlike pictures of training grids (B, P, C) are, (B,): a Mahalanobis distance of their mean features."""
    apart = grid.mean(1) - usual["mean"]
    along = apart @ usual["directions"].T  # (B, D)
    rest = (apart.square().sum(1) - along.square().sum(1)).clamp(min=0)
    return ((along / usual["spread"]).square().sum(1) + rest / usual["rest"].square()).sqrt()


def unlike(captioner: Captioner, grid: Tensor) -> float:
    """Give the share of pictures held out that are less unlike those of training than this one."""
    import numpy as np

    found, ladder = unlikeness(grid, captioner.usual).item(), captioner.unlikeness
    return round(float(np.interp(found, ladder, np.linspace(0, 1, len(ladder)))), 4)


def _speak(
    captioner: Captioner,
    grid: Tensor,
    method: Search | Sampling,
    prefix: Sequence[int],
    tree: list[decoding.Node] | None = None,
) -> list[list[decoding.Sentence]]:
    """Let the network speak of grids (B, P, features); gives the sentences of each, as numbers."""
    from model_zoo.rnn.decoding import Speaker, say

    step, state = captioner.network.speaker(grid, method.width)
    return say(Speaker(step, state, method.width, END, END, (UNKNOWN,)), len(grid), method, prefix, tree)


def _words(beginning: str) -> list[str]:
    """Cut what is typed into words, as captions are; what has no letter that captions have stays a word."""
    return [word for part in beginning.lower().split() for word in LETTERS.findall(part) or [part]]


def _spelled(captioner: Captioner, tokens: Sequence[int], given: Sequence[str]) -> list[str]:
    """Spell tokens; those that were `given` as they were typed."""
    return [*given, *(captioner.words[token] for token in tokens[len(given) :])]


def _sentence(captioner: Captioner, said: decoding.Sentence, given: Sequence[str] = ()) -> Sentence:
    return Sentence(
        " ".join(_spelled(captioner, said.tokens, given)), round(said.log_probability, 4), round(said.score, 4)
    )


def _said(captioner: Captioner, close: Close, place: int, word: str, given: bool) -> Word:
    """Tell of one word what the network weighed before it."""
    likely = close.logits[place].log_softmax(0)
    token = captioner.numbers([word])[0] if word else END
    best = likely.topk(ALTERNATIVES)
    others = zip(best.indices.tolist(), best.values.exp().tolist(), strict=True)
    return Word(
        text=word,
        log_probability=round(likely[token].item(), 4),
        attention=tuple(round(share, 5) for share in close.attention[place].tolist()),
        openness=round(close.openness[place].item(), 4),
        alternatives=tuple(Alternative(_shown(captioner, number), round(p, 5)) for number, p in others),
        given=given,
    )


def _node(captioner: Captioner, node: decoding.Node, given: str) -> Node:
    return Node(node.parent, given or _shown(captioner, node.token), round(node.log_probability, 4), node.kept)


def _shown(captioner: Captioner, token: int) -> str:
    """Spell a word; the end of a sentence has no text."""
    return "" if token == END else captioner.words[token]


def _unknown(given: Sequence[str], prefix: Sequence[int]) -> str:
    words = [word for word, token in zip(given, prefix, strict=True) if token == UNKNOWN]
    return f"The network has no word for {', '.join(f'“{word}”' for word in words)}." if words else ""
