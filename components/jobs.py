"""Jobs as pages see them: the store and its watcher, one each a process; submitting; and drawing a job while it lives.

A clock in the browser asks, twice a second, whether anything has moved; only then is the drawing run again, alone, as a
fragment. When the job is over the whole page runs once more, and the clock is gone.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from model_zoo.experiments.executor import ProcessExecutor
from model_zoo.experiments.job import KINDS, Job, Lane
from model_zoo.experiments.store import Store, UnknownJob
from model_zoo.experiments.watcher import Watcher

VIEWER: str | None = None  # local: sees all and may delete all, until there is sign-in
TICK_SECONDS = 0.5


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


def trouble(job: Job) -> str:
    """Say why `job` waits longer than it should: its worker crashes again and again. Empty if it does not."""
    return executor().trouble("io" if job.lane == "io" else "device") if job.state == "waiting" else ""


def submit(kind: str, spec: dict[str, Any], *, lane: Lane | None = None, estimate_seconds: float | None = None) -> str:
    """Queue a job, by default in the lane of its kind, and give its id."""
    watcher()
    lane = lane or KINDS[kind].LANE
    return store().enqueue(kind, spec, lane=lane, owner=VIEWER, estimate_seconds=estimate_seconds)


def find(kind: str, spec: dict[str, Any]) -> Job | None:
    """Give the newest job of this kind and spec that waits, runs or has finished; None if there is none."""
    found = (job for job in store().jobs(VIEWER, kind) if job.spec == spec)
    return next((job for job in found if job.state in ("waiting", "running", "finished")), None)


def live(key: str, job_id: str, draw: Callable[[Job], None]) -> None:
    """Show `draw(job)` now, and again whenever the job may have moved, until it is over; then the page runs once more.

    `draw` may hold widgets; they run it alone. Raises UnknownJob where there is no such job (any more).
    """
    live_while(key, partial(_job, job_id), draw, lambda job: not job.is_over)


def live_while(key: str, ask: Callable[[], Any], draw: Callable[[Any], None], goes_on: Callable[[Any], bool]) -> None:
    """Show `draw(ask())` now, and again whenever the store has moved while `goes_on(ask())`; such as a list of jobs."""
    drawing, version = f"{key}.drawing", f"{key}.version"

    @st.fragment(key=drawing)
    def show() -> None:
        st.session_state[version] = watcher().version  # before asking: what moves meanwhile is drawn again
        draw(ask())

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
    if goes_on(ask()):
        _ticking(f"{key}.clock", tick)


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
