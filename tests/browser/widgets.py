"""A page for tests: every own widget, with hostile names; what it gives to Python is written below it as JSON."""

import json

import numpy as np
import streamlit as st

from components import heatmap, jobs
from components.charts.chart import show
from components.charts.race import validation_curves
from components.configurations import marks
from components.features.space import Space, space
from components.gallery import Caption, gallery
from components.leaderboard import leaderboard
from components.matrix import confusion_counts, confusion_matrix
from components.painter import painter
from components.standings import basis, standings
from components.theme import is_dark
from model_zoo import strategies
from model_zoo.events import EpochEnd

STAGES = ("stem", "stage1", "stage2", "head")
HOSTILE = (
    "<img src=x onerror=document.title='hacked'>",
    '개미 "ants" 🐜',
    "</td><script>document.title='hacked'</script>",
)
RACERS = ("linear_probe", "full:rate=0.1", "from_scratch")


def paint() -> None:
    epochs = 6 if st.toggle("longer") else 4
    origin = "warm" if st.toggle("start warm") else "cold"
    start = {"head": [1.0]} if origin == "cold" else {stage: [0.3] for stage in STAGES}
    tell(painter(STAGES, epochs, start, key="test.painter", origin=origin))


def confuse() -> None:
    names = [*HOSTILE, *(f"class {i}" for i in range(int(st.query_params.get("more", 0))))]
    counts = confusion_counts([0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 2, 0], len(names))
    tell(confusion_matrix(names, counts, key="test.matrix"))


def hang() -> None:
    pictures = np.random.default_rng(0).integers(0, 255, (3, 3, 48, 48), dtype=np.uint8)
    gallery(pictures, [Caption(name, name, (name,)) for name in HOSTILE], key="test.gallery")


def race() -> None:
    overtaken = st.toggle("overtake")
    accuracies = (0.7, 0.9, 0.5) if overtaken else (0.8, 0.7, 0.5)
    ended = [epoch_end(name, 0, accuracy) for name, accuracy in zip(RACERS, accuracies, strict=True)]
    leaderboard(standings(RACERS, (0, 1), 2, ended), marks(RACERS, is_dark()), key="test.board")


def chart() -> None:
    ended = [epoch_end(name, epoch, 0.6 + 0.1 * epoch) for name in RACERS for epoch in range(3)]
    lead, counted = standings(RACERS, (0,), 3, ended)[0], basis(RACERS, (0,), ended)
    show(validation_curves(ended, lead, counted, marks(RACERS, is_dark()), is_dark()), key="test.chart")


def spread() -> None:
    count = int(st.query_params.get("more", 9))
    labels = np.arange(count) % len(HOSTILE)
    points = np.stack([np.arange(count) % 100, np.arange(count) // 100], axis=1).astype(np.float32)
    said = np.where(np.arange(count) % 4 == 0, (labels + 1) % len(HOSTILE), labels)
    shown = Space(points, labels, HOSTILE, said=said)
    taken = space(shown, key="test.space", id="map", name="map", label="A map for a test")
    tell([len(taken), taken[:3]])


def outlive() -> None:
    """Draw what ends just between the clock's look and the drawing that follows it."""

    def ask() -> int:
        st.session_state["asked"] = st.session_state.get("asked", 0) + 1
        jobs.watcher().version += st.session_state["asked"] == 1  # something moved after it was drawn first
        return st.session_state["asked"]

    if st.session_state.get("asked", 0) < 3:
        jobs.live_while("test.live", ask, lambda turn: st.text(f"turn {turn}"), lambda turn: turn < 3)
    else:
        st.text("it is over")


def warm() -> None:
    st.html(heatmap.thumbnail(strategies.get("lora"), STAGES, 10))
    st.html(heatmap.figure(strategies.get("gradual_unfreezing"), STAGES, 10))


def epoch_end(strategy: str, epoch: int, accuracy: float) -> EpochEnd:
    stages = [0.1] * len(STAGES)
    return EpochEnd(
        f"{strategy}#0", strategy, 0, epoch, 0.5, accuracy, 0.5, accuracy, 1.0, stages, stages, stages, 1, True
    )


def tell(value: object) -> None:
    st.code(json.dumps(value))


SHOWN = {
    "painter": paint,
    "matrix": confuse,
    "gallery": hang,
    "board": race,
    "chart": chart,
    "heat": warm,
    "space": spread,
    "live": outlive,
}
if __name__ == "__main__":  # Streamlit runs it so; tests import its names
    SHOWN[st.query_params["show"]]()
