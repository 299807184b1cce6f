"""One picture in, many words out: what a network says of a picture, and where it looked before each word."""

from dataclasses import replace

import streamlit as st

from components import shell
from components.captions.asking import captioned, captioned_now
from components.captions.beside import beside
from components.captions.diagram import diagram
from components.captions.how import Asked, asked
from components.captions.many import many
from components.captions.one_to_one import one_to_one
from components.captions.picture import Picture, asked_picture
from components.captions.said import said
from components.captions.sentences import sentences
from components.captions.shown import Shown, shown, squashed
from components.captions.standing import standing
from components.captions.sure import sure, warning
from components.captions.tree_view import tree_view
from model_zoo.rnn.captioning import KINDS
from model_zoo.rnn.prediction import Prediction

TITLE, ICON, SECTION, ORDER = "Captions", ":material/image:", "Sequences", 13
LEAD = """A convolutional network sees; a recurrent one puts it into words, one after another, and looks back at the
picture before each of them."""


def render() -> None:
    shell.question("What does a network see in my picture, word by word?", LEAD)
    picture = asked_picture()
    found = shown(picture) if picture else None
    wanted = asked()
    if picture and found and (prediction := captioned(picture, wanted)):
        _answered(picture, found, wanted, prediction)
    st.subheader("How good it is", anchor=False)
    standing()
    st.subheader("Many pictures at once", anchor=False)
    many()


def _answered(picture: Picture, found: Shown, wanted: Asked, prediction: Prediction) -> None:
    id = f"{picture.digest} {wanted}"
    said(prediction, found, picture.title, key="captions.said", id=id)
    for line in filter(None, (picture.credit, prediction.note, squashed(found.ratio))):
        st.caption(line)
    warning(prediction)
    st.subheader("How sure it is", anchor=False)
    sure(prediction)
    st.subheader("Looking again before every word, against one look", anchor=False)
    both = {kind: captioned_now(picture, replace(wanted, kind=kind)) for kind in KINDS}
    beside({kind: each for kind, each in both.items() if each})
    st.subheader("What else it could have said", anchor=False)
    sentences(prediction.sentences, drawn=not prediction.tree)
    if prediction.tree:
        tree_view(prediction.tree, prediction.text, sum(word.given for word in prediction.said), key="captions.tree")
    st.subheader("How it speaks: one picture in, many words out", anchor=False)
    diagram(prediction, wanted.kind)
    st.subheader("One picture in, one answer out", anchor=False)
    one_to_one(picture)
