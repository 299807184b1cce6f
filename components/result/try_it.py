"""Try it: drop a picture or take one, and every strategy says what it shows and where it looked."""

import streamlit as st

from components.inference import Inference, InferenceError, RunAnswer
from components.one_picture import photographed, uploaded
from components.result.guesses import guesses
from components.result.record import Record

DROP, WEBCAM = "Drop a picture", "Use the webcam"
WHY = (
    "Each strategy answers with its best seed, the winner first. Bright regions raised the probability of its first "
    "answer ([Grad-CAM](https://arxiv.org/abs/1610.02391))."
)
HOPELESS = (400, 413)  # the picture is to blame: asking again gives the same answer
FIRST = "Waking the networks: some seconds the first time"
AGAIN = "Asking every strategy"


@st.fragment
def try_it(record: Record) -> None:
    """Ask for a picture and show what every strategy makes of it."""
    st.subheader("Try it on a new picture", anchor=False)
    picture = asked_picture("comparison", "A picture that no strategy has seen")
    if picture is None:
        return
    try:
        with st.spinner(AGAIN if Inference().health() else FIRST, show_time=True):
            answers = _classify(record.job.id, picture)
    except InferenceError as error:
        st.error(str(error), icon=":material/error:")
        if error.status not in HOPELESS:
            st.button("Ask again", key="comparison.ask", icon=":material/refresh:")
        return
    order = list(record.best_runs().values())
    answers.sort(key=lambda answer: order.index(answer.run))
    guesses(answers, record.marks, key="comparison.guesses")
    st.caption(WHY)


def asked_picture(page: str, label: str) -> bytes | None:
    """Ask for a picture, as a file or from the webcam, on the page whose keys begin with `page`; None without one."""
    how = st.segmented_control(
        "How", [DROP, WEBCAM], default=DROP, required=True, key=f"{page}.how", label_visibility="collapsed"
    )
    if how == WEBCAM:
        return photographed(f"{page}.webcam")
    return uploaded(label, f"{page}.picture")


@st.cache_data(max_entries=32, show_spinner=False)
def _classify(job: str, picture: bytes) -> list[RunAnswer]:
    return Inference().classify(job, picture)
