"""Is a review good or bad? A recurrent network that reads it word after word, and what happens while it does."""

import streamlit as st

from components import shell
from components.charts.chart import show
from components.text import sentiment_answer
from components.text.asked import asked_language, asked_text
from components.text.curve import running_verdict
from components.text.many import many
from components.text.reading import reading
from components.text.standing import standing
from components.text.states_view import states_view
from components.text.what_if import what_if
from components.theme import is_dark
from model_zoo.rnn import sentiment

TITLE, ICON, SECTION, ORDER = "Sentiment", ":material/sentiment_satisfied:", "Sequences", 10


def render() -> None:
    shell.question("Is this review good or bad, and which words say so?")
    examples = [text for texts in sentiment.EXAMPLES.values() for text in texts]
    text = asked_text("sentiment", "A review, in English or Korean", examples, "Type a review, or take an example.")
    language = asked_language("sentiment", sentiment.LANGUAGES)
    if not text.strip():
        st.info("Type a review above, or take one of the examples.", icon=":material/edit:")
    elif prediction := reading("sentiment", text, language):
        sentiment_answer.answer(prediction, language)
        if prediction.tokens:
            st.subheader("Which words say so, and what if they were others?", anchor=False)
            what_if(prediction)
            st.subheader("How it reads: many words in, one verdict out", anchor=False)
            sentiment_answer.wiring(prediction)
            show(running_verdict(prediction, is_dark()), key="sentiment.running")
            st.subheader("What happens inside while it reads", anchor=False)
            states_view(prediction, key="sentiment.states")
    st.subheader("How good it is", anchor=False)
    standing(sentiment_answer.cards())
    st.subheader("Many texts at once", anchor=False)
    many(language)
