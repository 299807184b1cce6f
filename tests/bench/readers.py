"""Measure what training recurrent networks on own texts takes, against what the page tells before; on one core.

THAW_DATASETS=… python -m tests.bench.readers
"""

import os
import time
from pathlib import Path

import torch

from model_zoo.recipes import reviews
from model_zoo.rnn import readers
from model_zoo.rnn.labelled import Labelled
from model_zoo.rnn.learning import Learner
from model_zoo.rnn.readers import ReadersSpec
from model_zoo.rnn.text_lesson import TextLesson

CONFIGURATIONS = ("rnn", "gru", "lstm", "lstm:bidirectional=true", "lstm:layers=2", "shipped", "shipped:gradual=false")
SENTENCES, DOCUMENTS = 2_000, 150
MOST_OFF = 0.5


def main() -> bool:
    """Print a row for each kind of text and each network; gives whether what is told holds, all in all."""
    torch.set_num_threads(1)
    folder = Path(os.environ["THAW_DATASETS"])
    short, long = reviews.sst2(folder, "train"), reviews.imdb(folder)[0]
    all_told = all_taken = 0.0
    for what, found, count in (("sentences", short, SENTENCES), ("documents", long, DOCUMENTS)):
        lesson = TextLesson(Labelled(tuple(found.texts[:count]), tuple(found.labels[:count]), ("bad", "good"), 0), "en")
        for text in CONFIGURATIONS:
            spec = ReadersSpec(file="", label="label", configurations=(text,), epochs=2, seeds=1)
            tokens = sum(lesson.sizes)
            told, taken = readers.estimate(spec, tokens) - readers.SECONDS_TO_BEGIN, _seconds(Learner(spec, lesson))
            all_told, all_taken = all_told + told, all_taken + taken
            print(
                f"{what:10} {text:22} told {told:5.1f} s, took {taken:.1f} s; {2 * tokens / taken:,.0f} tokens a second"
            )
    print(f"all: told {all_told:.0f} s, took {all_taken:.0f} s")
    return abs(all_told / all_taken - 1) < MOST_OFF


def _seconds(learner: Learner) -> float:
    began = time.process_time()  # of this process: what else the machine does does not count
    for _ in learner.events():
        pass
    return time.process_time() - began


if __name__ == "__main__":
    raise SystemExit(not main())
