"""Jobs as pages see them: the store and its watcher, one each a process; submitting; and drawing a job while it lives.

A clock in the browser asks, once a second, whether anything has moved; only then is the drawing run again, alone, as a
fragment. When the job is over the whole page runs once more, and the clock is gone.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from components.job_names import named
from components.numbers import about
from model_zoo.events import Failed
from model_zoo.experiments.executor import ProcessExecutor
from model_zoo.experiments.job import KINDS, Job, Lane
from model_zoo.experiments.store import RESUMABLE, Store, UnknownJob
from model_zoo.experiments.watcher import Watcher

Draw = Callable[[Job], None]
VIEWER: str | None = None  # local: sees all and may delete all, until there is sign-in
TICK_SECONDS = 1.0
FETCHES = ("download", "weights")  # kinds that fail with the network, through no fault of what was chosen


@st.cache_resource(show_spinner=False, on_release=lambda store: store.engine.dispose())
def store() -> Store:
    """Give the store of this process."""
    return Store()


@st.cache_resource(show_spinner=False, on_release=Watcher.stop)
def watcher() -> Watcher:
    """Give the watcher of this process, started with the first page that asks; it starts workers as they are needed."""
    return Watcher(store(), executor()).start()


@st.cache_resource(show_spinner=False)
def executor() -> ProcessExecutor:
    """Give the executor of this process: it starts a worker for each lane in which a job waits."""
    return ProcessExecutor(store())


def wake() -> None:
    """Let workers get up before the first job of a page comes, which then need not wait for them."""
    executor().wake()


def trouble(job: Job) -> str:
    """Say why `job` waits longer than it should: its worker crashes again and again. Empty if it does not."""
    return executor().trouble("io" if job.lane == "io" else "device") if job.state == "waiting" else ""


def submit(kind: str, spec: dict[str, Any], *, lane: Lane | None = None, estimate_seconds: float | None = None) -> str:
    """Queue a job, by default in the lane of its kind, and give its id."""
    watcher()
    lane = lane or KINDS[kind].LANE
    return store().enqueue(kind, spec, lane=lane, owner=VIEWER, estimate_seconds=estimate_seconds)


def waits_for(job: Job) -> str:
    """Say what a waiting job waits for: “behind 2 other jobs. At work: Materials · …, about 3 min left.”"""
    under_way = [other for other in store().jobs(VIEWER) if other.state in ("waiting", "running")]
    if job.position:
        mine = [other for other in under_way if other.lane == job.lane and (other.position or 0) < job.position]
        others = "1 other job" if job.position == 1 else f"{job.position} other jobs"
        return f"behind {others}. {_at_work(min(mine, key=_turn, default=None))}".rstrip()
    running = next((other for other in under_way if other.lane == "device" and other.state == "running"), None)
    if job.lane == "quick" and running:
        return f"to be let in between two batches. {_at_work(running)}"
    return "for its worker to wake, a few seconds."


def _turn(job: Job) -> int:
    return -1 if job.position is None else job.position  # whoever runs has none


def _at_work(job: Job | None) -> str:
    if job is None:
        return ""
    left = job.progress.seconds_left if job.state == "running" and job.progress else None
    return f"{'At work' if job.state == 'running' else 'Next'}: {named(job)}{f', {about(left)} left' if left else ''}."


def can_go_on(job: Job) -> bool:
    """Say whether trying again can mend what stopped a job: not where the visitor's own choice was at fault.

    Downloads can always be tried again: it was the network. Of the others, those that crashed have left a trace.
    """
    if job.state != "failed":
        return job.state in RESUMABLE
    if job.kind in FETCHES:
        return True
    endings = [event for _, event in store().events(job.id, VIEWER) if isinstance(event, Failed)]
    return bool(endings and endings[-1].trace)


def find(kind: str, spec: dict[str, Any]) -> Job | None:
    """Give the newest job of this kind and spec that waits, runs or has finished; None if there is none."""
    found = (job for job in store().jobs(VIEWER, kind) if job.spec == spec)
    return next((job for job in found if job.state in ("waiting", "running", "finished")), None)


def opened(kind: str, id: str) -> Job | None:
    """Give the job of this kind and id; None where there is none that the visitor may see."""
    try:
        job = store().job(id, VIEWER)
    except UnknownJob:
        return None
    return job if job.kind == kind else None


def in_its_state(job: Job, key: str, *, running: Draw, stopped: Draw, finished: Draw) -> None:
    """Draw a job by what has become of it; while it waits or runs, again whenever it may have moved."""
    if job.state == "finished":
        finished(job)
    elif job.is_over:
        stopped(job)
    else:
        live(key, job.id, running)


def live(key: str, job_id: str, draw: Draw) -> None:
    """Show `draw(job)` now, and again whenever the job may have moved, until it is over; then the page runs once more.

    `draw` may hold widgets; they run it alone. Raises UnknownJob where there is no such job (any more).
    """
    if not live_while(key, partial(_job, job_id), draw, lambda job: not job.is_over):
        st.rerun()  # it ended since the page asked


def live_while(key: str, ask: Callable[[], Any], draw: Callable[[Any], None], goes_on: Callable[[Any], bool]) -> bool:
    """Show `draw(ask())` now, and again whenever the store has moved while `goes_on(ask())`; such as a list of jobs.

    Gives whether it went on when it was drawn.
    """
    drawing, version = f"{key}.drawing", f"{key}.version"
    lived = False

    @st.fragment(key=drawing)
    def show() -> None:
        nonlocal lived
        st.session_state[version] = watcher().version  # before asking: what moves meanwhile is drawn again
        asked = ask()
        before, lived = lived, goes_on(asked)
        if before and not lived:
            st.rerun()  # it ended since the clock looked, which has nothing new to find any more
        draw(asked)

    def tick() -> None:
        if watcher().version != st.session_state.get(version):
            with suppress(StreamlitAPIException):  # the page was drawn without this job since the clock ticked
                st.rerun(drawing if lives() else "app")

    def lives() -> bool:
        try:
            return goes_on(ask())
        except UnknownJob:  # deleted meanwhile; the page will say so
            return False

    show()
    if lived:  # when it was drawn: what has ended since is found by the clock
        _ticking(f"{key}.clock", tick)
    return lived


def _job(id: str) -> Job:
    return store().job(id, VIEWER)


def _ticking(key: str, tick: Callable[[], None]) -> None:
    """Call `tick` again and again; what runs besides is only this fragment, which holds nothing but the clock."""

    @st.fragment(key=f"{key}.fragment")
    def clock() -> None:
        _clock(key=key, data={"seconds": TICK_SECONDS}, on_tick_change=tick)

    clock()


_JS = """
export default function ({ data, setTriggerValue }) {
  const tick = () => document.visibilityState === "visible" && setTriggerValue("tick", Date.now());
  const timer = setInterval(tick, 1000 * data.seconds);
  document.addEventListener("visibilitychange", tick);
  return () => { clearInterval(timer); document.removeEventListener("visibilitychange", tick); };
}
"""

_clock = st.components.v2.component("thaw.clock", html="<span></span>", js=_JS)
