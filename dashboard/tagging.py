"""What is named in a text, and which word is what: a tag at every step of a recurrent network."""

import streamlit as st

from components import shell
from components.text.asked import asked_text
from components.text.document import document
from components.text.reading import reading
from components.text.states_view import states_view
from components.text.tagged_words import table, tagged_words
from components.text.tagging_standing import tagging_standing
from components.text.tagging_views import readings, transitions, wiring
from model_zoo.rnn import tagging

TITLE, ICON, SECTION, ORDER = "Tagging", ":material/label:", "Sequences", 11


def render() -> None:
    shell.question("Who and what is named in this text, and which word is what?")
    told = st.query_params.get("task", "")
    task = st.segmented_control(
        "Task", list(tagging.TASKS), default=told if told in tagging.TASKS else "ner", required=True,
        format_func=tagging.TASKS.__getitem__, key="tagging.task",
    )  # fmt: skip
    st.query_params["task"] = task
    text = asked_text(f"tagging.{task}", "A text in English", tagging.EXAMPLES[task], "Type a sentence.")
    if not text.strip():
        st.info("Type a sentence above, or take one of the examples.", icon=":material/edit:")
    elif prediction := reading("tagging", text, task):
        _shown(prediction, task)
    st.subheader("How good it is", anchor=False)
    tagging_standing(task)
    st.subheader("A whole document", anchor=False)
    document(task)


def _shown(prediction, task: str) -> None:
    if not prediction.tokens:
        st.info("There is no word in this text.", icon=":material/info:")
        return
    tagged_words(prediction, task)
    if prediction.note:
        st.caption(prediction.note)
    rows = table(prediction, task)
    if rows:
        st.dataframe(rows, height=min(300, 38 + 35 * len(rows)), key="tagging.table",
                     column_config={"confidence": st.column_config.NumberColumn(format="percent")})  # fmt: skip
    else:
        st.info("Nothing in this text is a name, as far as the network can tell.", icon=":material/info:")
    st.subheader("Other ways to read it", anchor=False)
    readings(prediction)
    st.subheader("How it reads: a word in, a tag out", anchor=False)
    wiring(prediction)
    st.subheader("Which tag may follow which", anchor=False)
    transitions(task)
    st.subheader("What happens inside while it reads", anchor=False)
    states_view(prediction, key="tagging.states")
