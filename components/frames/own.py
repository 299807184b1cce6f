"""The visitor's own clip: sent, opened in a job, labelled, marked. The link carries the clip, and who labels it."""

from pathlib import Path

import streamlit as st

from components import jobs, shell
from components.frames.labels_read import labels_of
from components.frames.labels_view import Shown, labels_view
from components.frames.marking import marking
from components.networks.work import Work, latest, offer
from components.result.heading import counted
from components.sentences import literal, say
from components.setup.start import QUICK_SECONDS
from model_zoo.data import videos
from model_zoo.data.limits import LIMITS, MIB
from model_zoo.experiments.job import Job
from model_zoo.experiments.jobs.frames import FILE, FramesSpec, estimate

KIND = "frames"
KINDS = ["mp4", "m4v", "mov", "webm", "mkv", "avi", "gif", "webp", "png"]
LEAD = f"""Send a clip of up to {LIMITS.clip_seconds / 60:g} minutes: a video, or a GIF, WebP or PNG that moves. Mark
a few stretches of it with labels of your own, “hand up” and “hand down”, say, or “ball in play”; networks learn from
your marks and label all the rest."""
ONLY_DIGITS = (
    "These networks have only ever watched drawn digits: of anything else they say what would be true of a digit. Mark "
    "stretches of your own below to teach others."
)


def own() -> None:
    """Ask for a clip; once one is there, show its labels, and let it be marked."""
    clip, by = st.query_params.get("clip", ""), _training(st.query_params.get("by", ""))
    name = _name(clip) if clip else ""
    if not name:
        st.markdown(LEAD)
        uploader("Your clip", by)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{literal(name)}**", width="content")
        st.button("Choose another clip", key="frames.others", icon=":material/refresh:", on_click=_others)
    spec = FramesSpec.of(clip, by)
    job = latest(KIND, spec, FILE)
    if job and job.state == "finished" and videos.is_open(clip):
        _opened(job, name, clip, by)
    elif job and job.state == "failed" and not jobs.can_go_on(job):
        say(job.sentence)
    else:
        offer(Work(KIND, spec, "Watch it", "Watching:", ":material/movie:", primary=True, seconds=_seconds(clip)), job)


def uploader(label: str, by: str = "") -> None:
    """Ask for a clip; it is watched at once, by the networks of the job `by`, or by those that are shipped."""
    if trouble := st.session_state.get("frames.trouble"):
        say(trouble)
    st.file_uploader(
        label, type=KINDS, max_upload_size=LIMITS.clip_bytes // MIB, key=f"frames.upload.{by}", on_change=_uploaded,
        args=(by,), help=f"At most {LIMITS.clip_frames:,} frames are read.",
    )  # fmt: skip


def _uploaded(by: str) -> None:
    """Keep what came, and begin to watch it; where it cannot be kept, say why, and leave all as it was."""
    if not (sent := st.session_state[f"frames.upload.{by}"]):
        return
    try:
        clip = videos.keep(sent.getvalue(), sent.name)
    except ValueError as error:
        st.session_state["frames.trouble"] = str(error)
        return
    st.session_state.pop("frames.trouble", None)
    begin(clip, by)


def begin(clip: str, by: str = "") -> None:
    """Begin to watch a kept clip, by the networks of the job `by` or the shipped ones; the address carries both."""
    st.query_params.from_dict({"clip": clip} | ({"by": by} if by else {}))
    spec = FramesSpec.of(clip, by)
    if jobs.find(KIND, spec) is None:
        seconds = _seconds(clip)
        jobs.submit(KIND, spec, lane="quick" if seconds < QUICK_SECONDS else None, estimate_seconds=seconds)


def _training(by: str) -> str:
    """Give the training that is to label the clip; where there is none, say so, and leave it to what is shipped."""
    if by and jobs.opened("watchers", by) is None:
        say("The training of this link is not here: it was deleted, or the link is incomplete.")
        return ""
    return by


def _seconds(clip: str) -> float:
    return estimate(videos.find(clip)[0].stat().st_size)


def _name(clip: str) -> str:
    """Give the name of a kept clip; empty where it is gone, which is said."""
    try:
        return videos.name_of(clip)
    except ValueError as error:
        say(str(error))
        return ""


def _others() -> None:
    st.query_params.from_dict({"source": "own"})
    st.session_state.pop("frames.trouble", None)


def _opened(job: Job, name: str, clip: str, by: str) -> None:
    """Show what the job said of the clip, and how it is marked."""
    result = job.result or {}
    rate = f"{result['rate']:.3g} a second" + (" on average" if result["variable"] else "")
    st.caption(
        f"{counted(result['frames'], 'frame')}, {rate}, {result['width']} × {result['height']} px. {result['note']}"
    )
    film = videos.preview(clip)
    if by:
        st.caption("Labelled by networks that learned from marks.")
        if st.button("To their training", icon=":material/school:", key="frames.training"):
            shell.go("frames", {"id": by})  # a link to the page one is on would leave its address as it was
        labels_view(Shown(Path(name).stem, film, labels_of(job.id)), key="frames.by")
        return
    marking(clip, film, labels_of(job.id))
    with st.expander("What the shipped networks see in it", icon=":material/visibility:", on_change="rerun",
                     key="frames.shipped") as shipped:  # fmt: skip
        if shipped.open:
            st.caption(ONLY_DIGITS)
            labels_view(Shown(Path(name).stem, film, labels_of(job.id)), key="frames.own")
