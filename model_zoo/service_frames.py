"""What the inference process answers about frames: a clip of digits, drawn anew, with every label there is of it."""

import base64
import io
from typing import Any

from model_zoo.data.moving import RATE, draw
from model_zoo.data.video import write
from model_zoo.events import drained
from model_zoo.prefix_cache import PrefixCache
from model_zoo.rnn import frames
from model_zoo.rnn.frame_encoder import encoder
from model_zoo.service_deadline import Deadline

COUNT = 250  # frames: ten seconds
ENLARGED = 6  # times, so that pixels are seen as such
LARGEST_SEED = 2**31 - 1
CACHE_BYTES = 256 * 2**20


def show_frames(seed: str, deadline: Deadline) -> dict[str, Any]:
    """Draw the clip of a seed from digits that no network learned from, and label it; raises ValueError."""
    fits = seed.isascii() and seed.isdecimal() and len(seed) <= len(str(LARGEST_SEED))
    if not fits or int(seed) > LARGEST_SEED:
        raise ValueError(f"A clip is drawn by a whole number from 0 to {LARGEST_SEED:,}, got “{seed[:40]}”.")
    drawn = draw(int(seed), COUNT)
    seen = drained(encoder().features(drawn.frames, PrefixCache(CACHE_BYTES)), lambda _: deadline.check())
    seconds = [place / RATE for place in range(COUNT)]
    truth = {"digit": drawn.digits, "motion": drawn.motions}
    tasks = frames.labelled(frames.load(), seen, tuple(frames.TASKS), seconds, COUNT / RATE, truth)
    deadline.check()
    film = io.BytesIO()
    write(drawn.frames, RATE, film, ENLARGED)
    return {
        "film": base64.b64encode(film.getvalue()).decode(),
        "tasks": {task: each.to_json() for task, each in tasks.items()},
    }
