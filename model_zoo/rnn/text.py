"""Text as numbers: normalised, cut into tokens by a byte-pair encoding (Sennrich et al. 2016) that knows every byte."""

import gzip
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model_zoo.rnn.normal import normalised

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MOST_CHARACTERS = 250_000  # of one text that is read closely
END = "<end>"  # stands before and after every text; also the padding, which nothing reads


def train_tokenizer(texts: Iterable[str], size: int) -> "Tokenizer":
    """Learn a byte-level byte-pair encoding of `size` tokens; token 0 is END."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(map(normalised, texts), trainer)
    return tokenizer


@cache
def load_tokenizer(file: Path) -> "Tokenizer":
    """Load what a recipe has learned; what is shipped beside weights is packed, .gz."""
    from tokenizers import Tokenizer

    content = file.read_bytes()
    return Tokenizer.from_buffer(gzip.decompress(content) if file.suffix == ".gz" else content)


def encode(tokenizer: "Tokenizer", texts: Sequence[str]) -> list[list[int]]:
    """Give the tokens of each text, without END."""
    return [found.ids for found in tokenizer.encode_batch_fast([normalised(text) for text in texts])]


def padded(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Put END before each row and pad with it on the right: tokens (B, T), and lengths (B,) of at least 1."""
    lengths = torch.tensor([len(row) + 1 for row in rows])
    tokens = torch.zeros(len(rows), int(lengths.max()), dtype=torch.long)
    for place, row in enumerate(rows):
        tokens[place, 1 : len(row) + 1] = torch.as_tensor(row, dtype=torch.long)
    return tokens, lengths


def bucketed(lengths: Sequence[int], most_tokens: int) -> list[list[int]]:
    """Group rows of like lengths, so that each group, padded, has at most `most_tokens` tokens, or is one row."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    groups: list[list[int]] = [[]]
    for index in order:
        if groups[-1] and (len(groups[-1]) + 1) * (lengths[index] + 1) > most_tokens:
            groups.append([])
        groups[-1].append(index)
    return groups
