"""See the space: the map of the embeddings, what lies under a lasso, and pictures that look wrong or stand twice."""

from typing import Any

import numpy as np
import streamlit as st
from safetensors import SafetensorError, safe_open

from components.features.doubts import doubts
from components.features.predictions import over_seeds
from components.features.record import Record
from components.features.space import UNTESTED, Space, space
from components.features.work import Work, begun
from components.gallery import Caption, gallery
from components.jobs import VIEWER, store
from components.numbers import measured, percent
from components.pages import turned_to
from components.result.heading import counted
from components.result.predictions import GONE, shown
from model_zoo.data.kept import PARTS
from model_zoo.experiments.job import Job
from model_zoo.features.map import estimate
from model_zoo.home import home

FILE = "map.safetensors"
PAGE = 24  # pictures shown at once
Said = tuple[np.ndarray, np.ndarray]  # of every picture, whether a classifier was asked about it, and what it said
METHODS = {"pca": "PCA", "tsne": "t-SNE"}
TOLD = {
    "pca": "**PCA** turns the embedding until two directions show as much of its spread as two can. Distances are "
    "true, as far as two directions go.",
    "tsne": "**t-SNE** keeps neighbours together ([van der Maaten & Hinton 2008](https://jmlr.org/papers/v9/"
    "vandermaaten08a.html)). Who lies beside whom means something; how far groups are apart, and how large they are, "
    "does not.",
}


def the_space(record: Record) -> None:
    """Ask for a layer and a way to draw it; show the map once it is drawn, and what the visitor takes from it."""
    stage, method, name = _asked(record)
    job = begun(_work(record, stage, method), FILE)
    if job is None:
        st.caption(TOLD[method])
        return
    points = map_points(job)
    if record.pictures is None or points is None:
        st.info(GONE)
        return
    told = _told(job.result or {}, method)
    said = over_seeds(record, record.pictures, name)
    taken = space(
        _space(record, points, said), key="features.space", id=job.id, name=f"map of {stage}", label=_label(record)
    )
    st.caption(f"{TOLD[method]} {told}")
    _taken(record, taken, said)
    doubts(record, job.result or {})


def newest_map(record: Record) -> Job | None:
    """Give a finished map of this job's embeddings, t-SNE rather than PCA; None where none was drawn."""
    drawn = [job for job in store().jobs(VIEWER, "features_map") if job.state == "finished"]
    specs = [_work(record, stage, method).spec for stage in reversed(record.spec.stages) for method in ("tsne", "pca")]
    found = (job for spec in specs for job in drawn if job.spec == spec and (home("jobs") / job.id / FILE).exists())
    return next(found, None)


def map_points(job: Job) -> np.ndarray | None:
    """Read the points (N, 2) of a finished map; None where they are gone."""
    try:
        with safe_open(home("jobs") / job.id / FILE, framework="np") as file:
            points: np.ndarray = file.get_tensor("points")
            return points
    except (SafetensorError, OSError):
        return None


def _asked(record: Record) -> tuple[str, str, str]:
    """Ask for a layer, a way to draw it, and whose mistakes the map may show."""
    stages, names = record.spec.stages, [line["strategy"] for line in record.result["ranking"]]
    how, where, whose = st.columns([1, 1, 2] if len(stages) > 1 else [1, 0.01, 3], vertical_alignment="bottom")
    with how:
        method = st.segmented_control(
            "Drawn by", list(METHODS), format_func=METHODS.__getitem__, default="pca", required=True,
            key="features.space.method", persist_state="page",
        )  # fmt: skip
    stage = stages[-1]
    if len(stages) > 1:
        last = len(stages) - 1
        stage = where.selectbox("Layer", stages, index=last, key="features.space.stage", persist_state="page")
    name = whose.selectbox(
        "Mistakes of", names, format_func=lambda name: record.marks[name].label, key="features.space.row",
        persist_state="page", help="“Mistakes” on the map shows which test pictures this classifier gets wrong.",
    )  # fmt: skip
    return stage, str(method), str(name)


def _work(record: Record, stage: str, method: str) -> Work:
    spec = {"job": record.job.id, "stage": stage, "method": method, "seed": record.spec.seed}
    title, result = METHODS[method], record.result
    count = sum(result["split"][part] for part in PARTS)
    dimensions = next(told["dimensions"] for told in result["stages"] if told["name"] == stage)
    seconds = sum(estimate(count, dimensions, len(result["classes"]), "pca" if method == "pca" else "tsne"))
    label, doing = f"Draw the map with {title}", f"Drawing the map with {title}:"
    return Work("features_map", spec, label, doing, ":material/map:", primary=True, seconds=seconds)


def _space(record: Record, points: np.ndarray, said: Said | None) -> Space:
    pictures = record.pictures
    assert pictures is not None
    shown = None if said is None else np.where(said[0], said[1], UNTESTED)
    return Space(points, pictures.labels, pictures.classes, record.result["pictures_file"], shown)


def _told(result: dict[str, Any], method: str) -> str:
    took = f"Drawn in {measured(result['seconds'])}." if result.get("seconds") else ""
    if method == "pca" and result.get("explained"):
        return f"These two show {percent(sum(result['explained'][:2]), 0)} of it. {took}"
    return f"Perplexity {result['perplexity']:g}. {took}" if result.get("perplexity") else took


def _label(record: Record) -> str:
    pictures = record.pictures
    count = len(pictures) if pictures else 0
    return (
        f"Map of the embeddings of {counted(count, 'picture')}. Arrow keys go from picture to picture, Enter takes one "
        "and those near it, Escape lets go."
    )


def _taken(record: Record, taken: list[int], said: Said | None) -> None:
    """Show the pictures under the lasso."""
    pictures = record.pictures
    if pictures is None or not taken:
        return
    labels = pictures.labels[taken]
    counts = np.bincount(labels, minlength=len(pictures.classes))
    most = np.argsort(-counts, kind="stable")[:3]
    of = ", ".join(f"{counts[k]} {pictures.classes[k]}" for k in most if counts[k])
    more = " and others" if (counts > 0).sum() > len(most) else ""
    st.subheader(f"{counted(len(taken), 'picture')} taken", anchor=False)
    st.text(f"{of}{more}")
    page = turned_to(len(taken), PAGE, key=f"features.taken.{len(taken)}")
    part = taken[page]
    captions = [_caption(record, i, said) for i in part]
    gallery(shown(pictures, part), captions, key="features.taken", label="Pictures taken from the map")


def _caption(record: Record, i: int, found: Said | None) -> Caption:
    pictures = record.pictures
    assert pictures is not None
    wrong = found is not None and found[0][i] and found[1][i] != pictures.labels[i]
    said = (pictures.classes[found[1][i]],) if found is not None and wrong else ()
    return Caption(pictures.names[i], pictures.classes[pictures.labels[i]], said)
