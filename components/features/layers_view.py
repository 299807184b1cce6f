"""Which layer? Where general features end and special ones begin; near and far data sets side by side."""

from collections.abc import Sequence

import streamlit as st

from components.charts.chart import show
from components.charts.layers import Probed, probes_by_layer
from components.configurations import mark
from components.features.record import Record
from components.job_names import pictures_title
from components.jobs import VIEWER, store
from components.theme import configuration_colours, is_dark
from model_zoo.experiments.job import Job

READ = """**How to read this.** Early layers see edges and colours, which serve any picture; late ones see what the
network was trained on. For pictures like those, the line climbs to the end. For pictures that are far from them
(drawings, textures, satellite images) it bends earlier, or falls."""
NONE = "Embed other pictures with this network, and they can stand beside these: near and far."
NOBODY = ""


def which_layer(record: Record) -> None:
    """Show what each layer is worth here, and beside it on other pictures that the visitor names."""
    others = _others(record)
    chart, words = st.columns([2, 1], gap="large")
    with words:
        st.markdown(READ)
        beside = _beside(record, others)
    jobs = [record.job, *([beside] if beside else [])]
    sets = [
        Probed(mark(title, look, is_dark()), job.result["layers"])
        for title, look, job in zip(_titles(jobs), configuration_colours(2), jobs, strict=False)
        if job.result
    ]
    with chart:
        show(probes_by_layer(sets, is_dark()), key="features.layers.chart")


def _titles(jobs: Sequence[Job]) -> list[str]:
    """Name the picture sets; where two are called the same, with their knobs."""
    titles = [pictures_title(job.spec) for job in jobs]
    if len(set(titles)) == len(titles):
        return titles
    return [f"{title}, {job.spec['data'].partition(':')[2]}" for title, job in zip(titles, jobs, strict=True)]


def _others(record: Record) -> list[Job]:
    """Give the newest finished job of each other picture set that was embedded by the same network."""
    found: dict[str, Job] = {}
    for job in store().jobs(VIEWER, "features"):
        same = job.spec["backbone"] == record.spec.backbone and job.spec["data"] != record.spec.data
        if same and job.state == "finished" and job.result:
            found.setdefault(job.spec["data"], job)
    return list(found.values())


def _beside(record: Record, others: list[Job]) -> Job | None:
    if not others:
        st.caption(NONE)
        return None
    titles = {NOBODY: "None", **dict(zip([job.id for job in others], _titles(others), strict=True))}
    chosen = st.selectbox(
        "Beside it, the same network on", list(titles), format_func=titles.__getitem__, key="features.layers.beside",
        persist_state="page",
    )  # fmt: skip
    return next((job for job in others if job.id == chosen), None)
