"""The jobs that a comparison needs before it can start: decoding its pictures, and timing its network.

They begin as soon as the choice is made. What another choice has made pointless is cancelled, for lanes are narrow.
"""

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from components import jobs
from components.setup.choices import Choices
from model_zoo import estimates
from model_zoo.data import kept, sources
from model_zoo.estimates import Speed, SplitSizes
from model_zoo.experiments.job import Job
from model_zoo.experiments.store import UnknownJob
from model_zoo.specs import ComparisonSpec


@dataclass(frozen=True)
class Preparation:
    """How far the choices are prepared: each job is None while there is nothing to do, or nothing more."""

    pictures: Job | None
    trial: Job | None
    speed: Speed | None

    @property
    def portrait(self) -> dict[str, Any] | None:
        """The portrait of the chosen pictures, once they are decoded."""
        return self.pictures.result if self.pictures and self.pictures.state == "finished" else None

    @property
    def split(self) -> SplitSizes | None:
        if self.portrait is None:
            return None
        sizes = self.portrait["split"]
        return SplitSizes(sizes["train"], sizes["validation"], sizes["test"], sizes["redrawn"])


def prepare(choices: Choices) -> Preparation:
    """Give how far the preparation of these choices is; begins what has not begun.

    The network is timed before there are pictures, but only with them does anybody wait for it.
    """
    jobs.wake()
    pictures = _pictures(choices)
    if not choices.strategies:
        return Preparation(pictures, None, None)
    speed = estimates.remembered(_timed(choices))
    trial = None if speed else _trial(choices)
    if trial and trial.state == "finished":
        speed = estimates.remembered(_timed(choices))
        if speed is None:  # a comparison has found it wrong, and it was forgotten: time it again
            again("trial")
            trial = _trial(choices)
    return Preparation(pictures, trial, speed) if choices.data else Preparation(None, None, None)


def again(slot: str) -> None:
    """Forget the job of a slot that failed or was cancelled, so that it is begun anew."""
    st.session_state.pop(_key(slot), None)


def begin(slot: str, kind: str, spec: dict[str, Any]) -> Job:
    """Give the job of a slot; another spec than before cancels the old job and takes a known or a new one."""
    held = st.session_state.get(_key(slot))
    if held and held["spec"] == spec and (job := _job(held["id"])):
        return job
    if held:
        _drop(held)
    known = jobs.find(kind, spec)
    usable = known is not None and _is_there(known)
    id = known.id if known and usable else jobs.submit(kind, spec)
    st.session_state[_key(slot)] = {"id": id, "spec": spec, "mine": not usable}
    return jobs.store().job(id, jobs.VIEWER)


def held(slot: str) -> Job | None:
    """Give the job of a slot, if one has begun."""
    entry = st.session_state.get(_key(slot))
    return _job(entry["id"]) if entry else None


def _pictures(choices: Choices) -> Job | None:
    if not choices.data or needs_download(choices.data):
        return None
    return begin("pictures", "pictures", {"data": choices.data, "size": choices.size, "seed": choices.seed})


def needs_download(data: str) -> bool:
    """Say whether a set must be fetched before anything can be done with it."""
    return data.startswith("download:") and not sources.download(data).ready


def _timed(choices: Choices) -> ComparisonSpec:
    """Give the comparison for which the network is timed; on which pictures does not matter."""
    return replace(choices, data=choices.data or "digits").spec()


def _trial(choices: Choices) -> Job:
    spec = _timed(choices)
    asked = {"backbone": spec.backbone, "size": spec.size, "device": spec.device, "precision": spec.precision}
    return begin("trial", "trial", asked)


def _is_there(job: Job) -> bool:
    """Say whether what a finished job made is still there; one that is under way counts."""
    if job.state != "finished":
        return True
    result = job.result or {}
    return (
        job.kind == "pictures" and bool(result.get("pictures_file")) and kept.find(result["pictures_file"]) is not None
    )


def _drop(held: dict[str, Any]) -> None:
    job = _job(held["id"])
    if held["mine"] and job and not job.is_over:
        jobs.store().request_cancel(job.id, jobs.VIEWER)


def _job(id: str) -> Job | None:
    try:
        return jobs.store().job(id, jobs.VIEWER)
    except UnknownJob:  # deleted on the runs page
        return None


def _key(slot: str) -> str:
    return f"compare.job.{slot}"
