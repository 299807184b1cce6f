"""How many reviews a second a job judges, against a loop that packs one sentence after another; the first answer; and
how many words a second a job tags.

    THAW_DATASETS=… python -m tests.bench.texts

The reviews are 12,000 of NSMC, Korean, and the 7,792 sentences of SST-2, English, as short as people write. The loop
is torch's own road for sequences of unlike length: tokens, padding, pack_padded_sequence, one sentence at a time.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from model_zoo.data import texts
from model_zoo.events import drained
from model_zoo.experiments.job import Context
from model_zoo.experiments.jobs import sentiment_texts, tag_document
from model_zoo.recipes import reviews
from model_zoo.rnn import sentiment, tagging
from model_zoo.rnn.text import encode, padded

SECOND_ASKED, RATIO_ASKED, FIRST_ASKED = 1_000, 3.0, 4.0
KOREAN, LOOPED = 12_000, 400  # reviews that are judged by both; the loop's pace does not change
COMMAND = [sys.executable, "-m", "model_zoo", "sentiment", "--json"]


def main() -> bool:
    """Print reviews a second, the ratio, and the seconds to the first answer; gives whether all are as promised."""
    data = Path(os.environ["THAW_DATASETS"])
    english = [text for part in ("train", "dev") for text in reviews.sst2(data, part).texts]
    lines = [*english, *(" ".join(text.split()) for text in reviews.nsmc(data)[0].texts[:KOREAN])]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["THAW_HOME"] = folder
        a_second = _job(lines, Path(folder))
    slow = _loop(lines[:LOOPED], "en") + _loop(lines[-LOOPED:], "ko")
    looped = 2 * LOOPED / slow
    first = _first()
    tagged = {task: _tagged(english, task) for task in tagging.TASKS}
    print(f"{a_second:,.0f} reviews a second in a job, all of it counted (asked: {SECOND_ASKED:,})")
    print(f"{looped:,.0f} sentence by sentence: {a_second / looped:.1f} times as quick (asked: {RATIO_ASKED:g})")
    print(f"{first:.1f} s from the command to its first answer (asked: {FIRST_ASKED:g})")
    for task, (words, characters) in tagged.items():
        told = f"{words:,.0f} words, {characters:,.0f} characters a second tagged in a job ({task})"
        print(f"{told}; its estimate counts on {tag_document.CHARACTERS_A_SECOND:,} characters")
    return a_second >= SECOND_ASKED and a_second / looped >= RATIO_ASKED and first < FIRST_ASKED


def _job(lines: Sequence[str], folder: Path) -> float:
    file = texts.keep("\n".join(lines).encode(), "reviews.txt")
    for language in sentiment.LANGUAGES:
        sentiment.load(language)  # the loop finds them loaded, too
    *_, last = sentiment_texts.run({"file": file}, Context("bench", folder))
    return last.result["texts"] / last.result["seconds"]


def _tagged(lines: Sequence[str], task: str) -> tuple[float, float]:
    """Tag a document; gives words and characters a second."""
    tagging.tagger(task)  # loaded, as in the job of the reviews
    with tempfile.TemporaryDirectory() as folder:
        os.environ["THAW_HOME"] = folder
        file = texts.keep("\n".join(lines).encode(), "document.txt")
        *_, last = tag_document.run({"file": file, "task": task}, Context("bench", Path(folder)))
    seconds = last.result["seconds"]
    return last.result["words"] / seconds, sum(map(len, lines)) / seconds


@torch.inference_mode()
def _loop(lines: Sequence[str], language: str) -> float:
    """Judge one sentence after another; gives the seconds."""
    judge = sentiment.load(language)
    network, lstm = judge.network, judge.network.recurrent.forwards[0]
    began, found = time.perf_counter(), []
    for line in lines:
        tokens, lengths = padded(encode(judge.tokenizer, [line]))
        packed = pack_padded_sequence(network.embedding(tokens), lengths, batch_first=True)
        states, _ = pad_packed_sequence(lstm(packed)[0], batch_first=True)
        found.append((network.judged(states, lengths) / judge.temperature).sigmoid().item())
    seconds = time.perf_counter() - began
    same = drained(sentiment.judged(judge, list(lines)))
    assert max(abs(a - b) for a, b in zip(found, same, strict=True)) < 1e-3, "both ways give the same answers"
    return seconds


def _first() -> float:
    began = time.perf_counter()
    subprocess.run(COMMAND, input=b"Good.\n", check=True, stdout=subprocess.PIPE)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(not main())
