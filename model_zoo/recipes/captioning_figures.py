"""Judge networks that caption pictures: BLEU and CIDEr, and controls that show whether they look at all."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model_zoo.events import drained
from model_zoo.rnn.caption_scores import PUBLISHED, score
from model_zoo.rnn.captioning import UNLIKE, Captioner, captions_of, pixels, unlike

STRANGERS = {
    "photographs of ants and bees": "hymenoptera_val.parquet",
    "photographs of seven kinds (PACS)": "pacs_photo.parquet",
    "sketches (PACS)": "pacs_sketch.parquet",
}
POWERS = (0.0, 0.4, 0.6, 0.8, 1.0, 1.2, 1.5)
BLIND = {"looks": False}  # a control for which no picture was looked at
SEEN = 0.75  # of the width of a 4:3 picture, where its middle square is taken


@dataclass(frozen=True)
class Photographs:
    """uint8 pictures (N, 3, S, S), what the encoder makes of them (N, P, C), and the captions of each."""

    pictures: Tensor
    grids: Tensor
    captions: list[list[str]]


def powers(captioner: Captioner, choose: Photographs) -> dict[str, float]:
    """Say how well captions agree with those of people, by BLEU-4, for each power of the length."""
    found = {f"{power:g}": said(captioner, choose.grids, f"beam:length_power={power}") for power in POWERS}
    return {power: round(score(captions, choose.captions)["bleu_4"], 2) for power, captions in found.items()}


def said(captioner: Captioner, grids: Tensor, how: str = "beam") -> list[str]:
    """Give the best caption of each grid (N, P, C)."""
    return [best[0].text for best in drained(captions_of(captioner, grids, how))]


def figures(captioners: dict[str, Captioner], choose: Photographs, measure: Photographs) -> dict[str, Any]:
    """Measure every captioner, and with the one that looks the controls: see the keys."""
    found = {kind: said(captioner, measure.grids) for kind, captioner in captioners.items()}
    looking = captioners["attention"]
    constant = _likeliest(said(looking, choose.grids), choose.captions)
    cropped = torch.cat([grid.half() for grid in looking.encoder.grids(middle(measure.pictures))])
    others = [measure.captions[place - 1] for place in range(len(measure.captions))]
    controls = {
        "greedy": scored(said(looking, measure.grids, "beam:width=1"), measure.captions),
        "the middle of each picture only": scored(said(looking, cropped), measure.captions),
        "the captions of other pictures": scored(found["attention"], others) | BLIND,
        f"“{constant}” for every picture": scored([constant] * len(measure.captions), measure.captions) | BLIND,
    }
    told = {kind: scored(captions, measure.captions) for kind, captions in found.items()}
    return told | {"controls": controls, "published": [asdict(row) for row in PUBLISHED]}


def warned(captioner: Captioner, folder: Path) -> dict[str, float]:
    """Give the share of pictures of other sets that are told to be unlike those of training."""
    import pyarrow.parquet as parquet

    found = {}
    for title, name in STRANGERS.items():
        table = parquet.read_table(folder / name, columns=["image"])
        pictures = torch.stack([pixels(picture) for picture in table["image"].to_pylist()])
        grids = torch.cat(list(captioner.encoder.grids(pictures)))
        found[title] = strangers(captioner, grids)
    return found


def strangers(captioner: Captioner, grids: Tensor) -> float:
    """Give the share of grids (N, P, C) that are told to be unlike those of training."""
    far = [unlike(captioner, grid[None].float()) > UNLIKE for grid in grids]
    return round(sum(far) / len(far), 4)


def middle(pictures: Tensor) -> Tensor:
    """Take out of pictures that were squashed from 4:3 what a middle square would have shown: uint8 (N, 3, S, S)."""
    side = pictures.shape[-1]
    edge = round(side * (1 - SEEN) / 2)
    parts = [
        torch.nn.functional.interpolate(some[..., edge : side - edge].float(), (side, side), mode="bicubic")
        for some in pictures.split(256)
    ]
    return torch.cat(parts).clamp(0, 255).round().byte()


def _likeliest(captions: Sequence[str], references: Sequence[Sequence[str]]) -> str:
    """Give the caption that, said of every picture, agrees best with people."""
    return max(dict.fromkeys(captions), key=lambda one: score([one] * len(references), references)["bleu_4"])


def scored(captions: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Give BLEU and CIDEr of captions, how many are distinct, and how many words they have."""
    found = score(captions, references)
    told = {name: round(value, 2 if name.startswith("bleu") else 3) for name, value in found.items()}
    return told | {
        "distinct": len(set(captions)),
        "words": round(sum(len(c.split()) for c in captions) / len(captions), 1),
    }
