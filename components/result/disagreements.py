"""Pictures on which the strategies disagree: the truth, and who said what."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from components.configurations import drawing
from components.gallery import Caption, gallery
from components.pages import turned_to
from components.result.heading import counted
from components.result.predictions import Answers, answers, shown
from components.result.record import Record
from model_zoo.data.kept import Kept

PAGE = 16  # pictures shown at once
MOST_SAID = 5  # answers written below a picture; what else was said is counted
ALL, RIGHT, WRONG = "All", "The recommended strategy is right", "The recommended strategy is wrong"


def disagreements(record: Record, pictures: Kept, seed: int) -> None:
    """Show the test pictures of a seed on which not all strategies say the same, the most divisive first."""
    runs = {row["strategy"]: i for i, row in enumerate(record.result["runs"]) if row["seed"] == seed}
    found = dict(zip(runs, answers(record, pictures, runs.values()), strict=False))
    if len(found) < 2:
        return
    divided = _divided(found)
    st.subheader("Where the strategies disagree", anchor=False)
    total = len(next(iter(found.values())).true)
    st.caption(f"Not all say the same of {len(divided)} of the {total} test pictures of seed {seed}.")
    if len(divided):
        chosen = _chosen(found[record.result["verdict"]["recommended"]], divided)
        page = turned_to(len(chosen), PAGE, key="comparison.divided.page")
        _show(record, pictures, found, chosen[page], seed)


def _divided(found: Mapping[str, Answers]) -> np.ndarray:
    """Give the places (n,) on which answers differ: those with most different answers first, then the surest."""
    said = np.stack([one.predicted for one in found.values()])  # (strategies, n)
    sure = np.stack([one.confidence for one in found.values()]).mean(axis=0)  # (n,)
    different = np.array([len(set(column)) for column in said.T.tolist()])  # (n,)
    places = np.flatnonzero(different > 1)
    return places[np.lexsort((-sure[places], -different[places]))]


def _chosen(recommended: Answers, divided: np.ndarray) -> np.ndarray:
    wanted = st.segmented_control(
        "Which of them", [ALL, RIGHT, WRONG], default=ALL, key="comparison.divided", label_visibility="collapsed"
    )
    wrong = recommended.wrong[divided]
    return divided[~wrong] if wanted == RIGHT else divided[wrong] if wanted == WRONG else divided


def _show(record: Record, pictures: Kept, found: Mapping[str, Answers], chosen: np.ndarray, seed: int) -> None:
    gallery(
        shown(pictures, next(iter(found.values())).pictures[chosen]),
        [_caption(record, pictures, found, int(place)) for place in chosen],
        key=f"comparison.divided.{seed}",
        label="Pictures on which the strategies disagree",
        legend=[record.marks[name] for name in record.spec.strategies if name in found],
    )


def _caption(record: Record, pictures: Kept, found: Mapping[str, Answers], place: int) -> Caption:
    """Write the truth, and for each answer the marks of those who gave it."""
    one, said = next(iter(found.values())), list(_said(found, place).items())
    lines = [pictures.classes[label] for label, _ in said[:MOST_SAID]]
    drawn = ["".join(drawing(record.marks[name]) for name in names) for _, names in said[:MOST_SAID]]
    if len(said) > MOST_SAID:
        lines.append(counted(len(said) - MOST_SAID, "other answer"))
        drawn.append("")
    true = pictures.classes[one.true[place]]
    return Caption(pictures.names[one.pictures[place]], true, tuple(lines), tuple(drawn))


def _said(found: Mapping[str, Answers], place: int) -> dict[int, list[str]]:
    """Give for each answer at `place` the configurations that gave it, the most common answer first."""
    said: dict[int, list[str]] = {}
    for name, one in found.items():
        said.setdefault(int(one.predicted[place]), []).append(name)
    return dict(sorted(said.items(), key=lambda entry: -len(entry[1])))
