"""Train recurrent networks on the visitor's own labelled texts, and see which of them reads best."""

import streamlit as st

from components import shell
from components.jobs import in_its_state, opened
from components.readers.record import KIND
from components.readers.result import answered, running, stopped
from components.readers.setup import setup

TITLE, ICON, SECTION, ORDER = "Your own texts", ":material/school:", "Sequences", 12
LEAD = """A plain recurrent network, a GRU, an LSTM, and one that has read thousands of reviews before: all learn from
your texts and their labels, and are tested on texts that none of them saw."""
UNKNOWN = "There is no such result at this address: it was deleted, or the link is incomplete."


def render() -> None:
    id = st.query_params.get("id", "")
    job = opened(KIND, id) if id else None
    if job is None:
        shell.question("Which recurrent network learns my texts best?", LEAD if not id else UNKNOWN)
        setup()
        return
    shell.question("Which recurrent network learns my texts best?")
    in_its_state(job, "readers.live", running=running, stopped=stopped, finished=answered)
