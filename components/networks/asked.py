"""Answers of the inference process that a page shows without being asked: drawn first without them, then with.

The first drawing only says what is being worked out, so a page stands at once; the browser then runs that part again,
which asks. What was answered once is kept for all visitors of this process.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import streamlit as st

from components.inference import InferenceError
from components.sentences import say

T = TypeVar("T")

HOPELESS = (400, 413)  # the question is to blame: asking again gives the same answer
WAKING = "Waking the network; the first time takes some seconds"
MOST_KEPT = 512
SECONDS_TO_ASK = 0.2  # after the first drawing


def answer(key: str, question: Hashable, ask: Callable[[], T], doing: str) -> T | None:
    """Give the answer of `ask` to `question` if it is known; otherwise None, with a line that says what is `doing`.

    When it comes, the page runs again. What goes wrong is said in place, with a button to ask again.
    """
    if question in _known():
        return _known()[question]
    failed = st.session_state.get(f"{key}.trouble")
    if failed and failed[0] == question:
        say(failed[1])
        st.button("Ask again", key=f"{key}.again", icon=":material/refresh:", on_click=_forget, args=(key,))
    else:
        _wait(key, question, ask, doing)
    return None


def once_awake(page: str, question: Hashable, ask: Callable[[], T], doing: str) -> T | None:
    """Give the answer as `answer` does while the process may have to wake, and wait for it once it has answered.

    Then nothing jumps while one types. Gives None while it is asked for the first time, or where that went wrong.
    """
    if st.session_state.get(f"{page}.awake"):
        return asked_now(ask, doing, key=f"{page}.reading")
    found = answer(f"{page}.reading", question, ask, WAKING)
    st.session_state[f"{page}.awake"] = found is not None
    return found


def asked_now(ask: Callable[[], T], doing: str, *, key: str) -> T | None:
    """Ask and wait; where that goes wrong, say why, and offer to ask again where that may help."""
    try:
        with st.spinner(doing):
            return ask()
    except InferenceError as error:
        say(str(error))
        if error.status not in HOPELESS:
            st.button("Ask again", key=f"{key}.retry", icon=":material/refresh:")
    return None


@st.cache_resource(show_spinner=False)
def _known() -> OrderedDict[Hashable, Any]:
    return OrderedDict()


def _wait(key: str, question: Hashable, ask: Callable[[], Any], doing: str) -> None:
    @st.fragment(run_every=SECONDS_TO_ASK)
    def wait() -> None:
        with st.spinner(doing, show_time=True):
            if st.session_state.get(f"{key}.asked") != question:
                st.session_state[f"{key}.asked"] = question
                st.caption(doing)
                return
            try:
                _keep(question, ask())
            except InferenceError as error:
                st.session_state[f"{key}.trouble"] = (question, str(error))
        st.rerun()

    wait()


def _keep(question: Hashable, found: Any) -> None:
    known = _known()
    known[question] = found
    while len(known) > MOST_KEPT:
        known.popitem(last=False)


def _forget(key: str) -> None:
    for name in ("trouble", "asked"):
        st.session_state.pop(f"{key}.{name}", None)
