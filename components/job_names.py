"""What jobs are called on the screen: in lists, and where something waits for them."""

from collections.abc import Mapping
from typing import Any

from model_zoo.data import sources
from model_zoo.experiments.job import KINDS, Job
from model_zoo.registry import UnknownName

COMPARE = "compare"  # its description says by itself what it is; all other kinds are named first


def named(job: Job) -> str:
    """Say in one line what a job does, also where its pictures were deleted since, or its kind is no more."""
    try:
        kind = KINDS[job.kind]
    except UnknownName:
        return job.kind
    try:
        about = kind.describe(job.spec)
    except ValueError:
        about = pictures_title(job.spec) if "data" in job.spec else str(job.spec.get("backbone", ""))
        return f"{kind.TITLE} · {about}"
    return about if job.kind == COMPARE else f"{kind.TITLE} · {about}"


def pictures_title(spec: Mapping[str, Any]) -> str:
    """Name the pictures of a spec; of an upload that is gone nobody knows the name any more."""
    try:
        return sources.find(spec["data"]).title
    except ValueError:
        return "An upload that was deleted" if spec["data"].startswith("upload:") else str(spec["data"])
