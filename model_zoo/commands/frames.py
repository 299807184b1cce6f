"""Label every frame of a clip: one answer a frame, in order."""

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from model_zoo.commands.telling import Teller
from model_zoo.events import drained
from model_zoo.rnn import frames
from model_zoo.rnn.frame_labels import FrameLabels

HELP = "label every frame of a clip: which digit is there, or what it does"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("clip", metavar="CLIP", help="MP4, WebM, MOV, MKV, AVI, or an animated GIF or WebP")
    parser.add_argument("--task", default="digit", choices=tuple(frames.TASKS), help="default: digit")
    parser.add_argument("--network", default=frames.NETWORK, metavar="NAME", help=f"default: {frames.NETWORK}")
    parser.add_argument(
        "--smooth", type=float, default=0.0, metavar="COST",
        help="labels that are likeliest together where each change costs so many nats; default: 0, each frame alone",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one JSON object a frame on standard output")


def run(arguments: Namespace) -> int:
    if not 0 <= arguments.smooth < float("inf"):
        raise ValueError(f"--smooth must be a number from 0 on, got {arguments.smooth:g}.")
    found = _labelled(Path(arguments.clip), arguments.task, arguments.network)
    labels = found.labels(arguments.network, arguments.smooth)
    scores = found.scores(arguments.network, labels)
    for frame, row in enumerate(zip(found.seconds, labels, scores, strict=True)):
        print(_line(frame, *row, as_json=arguments.json))
    sys.stdout.flush()
    return 0


def _labelled(file: Path, task: str, network: str) -> FrameLabels:
    """Read the clip and label it; what was not read of it is said on standard error."""
    from model_zoo.data.video import decode
    from model_zoo.rnn.watched import features

    if not file.is_file():
        raise ValueError(f"There is no file {file}.")
    tell, watcher = Teller(lambda _: None), frames.load()
    if network not in watcher.readers:
        raise ValueError(f"The network must be one of {', '.join(watcher.readers)}, got “{network[:60]}”.")
    clip = drained(decode(file, file.name), tell)
    if clip.note:
        print(clip.note, file=sys.stderr)
    seen = drained(features(clip), tell)
    return frames.labelled(watcher, seen, (task,), clip.seconds.tolist(), clip.length, networks=(network,))[task]


def _line(frame: int, seconds: float, label: str, probability: float, as_json: bool) -> str:
    if as_json:
        told = {"frame": frame, "seconds": round(seconds, 4), "label": label, "probability": round(probability, 4)}
        return json.dumps(told, ensure_ascii=False)
    return f"{frame}\t{seconds:.2f}\t{label}\t{probability:.3f}"
