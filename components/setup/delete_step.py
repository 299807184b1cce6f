"""Delete the visitor's own pictures: asked twice, and told what used them."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import streamlit as st

from components import jobs
from components.job_names import named
from components.sentences import literal
from components.setup import choices, classes_step, preparing
from model_zoo.data import sources, uploads
from model_zoo.experiments.job import Job

MOST_NAMED = 5
KEEP = "keep their numbers, curves and networks, but no longer show the pictures behind them"


def delete_step(reference: str, key: str = "compare.delete", then: Callable[[], None] | None = None) -> None:
    """Offer to delete an upload, once nothing that is under way needs it; `then` forgets it on the page that asks."""
    title = literal(sources.find(reference, paths=False).title)
    users = [job for job in jobs.store().jobs(jobs.VIEWER) if job.spec.get("data") == reference]
    with st.popover("Delete these pictures", icon=":material/delete:", key=key):
        st.markdown(f"**Delete “{title}” for good?** What you sent goes, and everything that was decoded from it.")
        if compared := [job for job in users if job.kind == "compare"]:
            st.markdown(_used(compared))
        if classified := sum(job.kind == "features" for job in users):
            who = "1 result of the features page" if classified == 1 else f"{classified} results of the features page"
            st.markdown(f"{who} used them, and will keep numbers and classifiers, but no longer show the pictures.")
        if any(job.kind == "caption_pictures" for job in users):
            st.markdown("Their captions stay, without the pictures.")
        if any(not job.is_over for job in users):
            st.caption("Something that is under way needs them. Wait for it, or cancel it first.")
        else:
            st.button("Delete them", type="primary", key=f"{key}.sure", on_click=_delete, args=(reference, then))


def _used(compared: Sequence[Job]) -> str:
    many = len(compared)
    who = "1 comparison used them. It will" if many == 1 else f"{many} comparisons used them. They will"
    lines = [f"- {literal(named(job))}" for job in compared[:MOST_NAMED]]
    more = [f"- and {many - MOST_NAMED} more"] if many > MOST_NAMED else []
    return "\n".join([f"{who} {KEEP}:", *lines, *more])


def _delete(reference: str, then: Callable[[], None] | None) -> None:
    preparing.again("pictures")
    classes_step.forget(reference)
    with suppress(ValueError):  # another tab was quicker
        uploads.delete(reference)
    then() if then else choices.choose(data="")
