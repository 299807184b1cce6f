"""Try it: drop a picture, and every classifier says what it shows; its nearest neighbours, and its place on the map."""

import streamlit as st

from components.features.record import Record
from components.features.space import Space, space
from components.features.space_view import map_points, newest_map
from components.gallery import Caption, gallery
from components.inference import FeaturesAnswer, Inference, InferenceError, RunAnswer
from components.numbers import percent
from components.result.guesses import guesses
from components.result.predictions import shown
from components.result.try_it import HOPELESS, asked_picture
from components.sentences import literal
from model_zoo.experiments.job import Job

FIRST = "Waking the network and its classifiers: some seconds the first time"
AGAIN = "Asking every classifier"
WHY = "Each classifier answers as fitted under the first seed. Bars are probabilities; margins are made into them."
ALIKE = "The training pictures whose embeddings point most nearly the same way."


@st.fragment
def try_it(record: Record) -> None:
    """Ask for a picture and show what every classifier makes of it."""
    st.subheader("Try it on a new picture", anchor=False)
    picture = asked_picture("features", "A picture that no classifier has seen")
    if picture is None:
        return
    map_ = newest_map(record)
    try:
        with st.spinner(AGAIN if Inference().health() else FIRST, show_time=True):
            found = _ask(record.job.id, picture, map_.id if map_ else "")
    except InferenceError as error:
        st.error(str(error), icon=":material/error:")
        if error.status not in HOPELESS:
            st.button("Ask again", key="features.ask", icon=":material/refresh:")
        return
    _rows(record, found)
    near, place = st.columns(2, gap="large")
    with near:
        _neighbours(record, found)
    with place:
        _place(record, found, map_)


def _rows(record: Record, found: FeaturesAnswer) -> None:
    order = [line["strategy"] for line in record.result["ranking"]]
    answers = [RunAnswer(scores, b"", 0, name, record.spec.seed) for name, scores in found.rows if name in order]
    answers.sort(key=lambda answer: order.index(answer.strategy))
    if answers:
        guesses(answers, record.marks, key="features.guesses", whose="classifiers")
        st.caption(WHY)
    for name, sentence in found.missing:
        st.caption(f"{literal(record.marks[name].label)} does not answer: {literal(sentence)}")


def _neighbours(record: Record, found: FeaturesAnswer) -> None:
    pictures = record.pictures
    if pictures is None or not found.neighbours:
        return
    st.markdown("**Its nearest training pictures**")
    indices = [picture for picture, _ in found.neighbours]
    captions = [
        Caption(pictures.names[i], f"{pictures.classes[pictures.labels[i]]}, {percent(like, 0)} alike")
        for i, like in found.neighbours
    ]
    gallery(shown(pictures, indices), captions, key="features.neighbours", label="Nearest training pictures")
    st.caption(ALIKE)


def _place(record: Record, found: FeaturesAnswer, map_: Job | None) -> None:
    st.markdown("**Its place on the map**")
    points = map_points(map_) if map_ else None
    if map_ is None or found.place is None or points is None or record.pictures is None:
        st.caption("Draw a map of the space above, and its place will stand here.")
        return
    pictures = record.pictures
    space(
        Space(
            points, pictures.labels, pictures.classes, record.result["pictures_file"], here=found.place, only_look=True
        ),
        key="features.place",
        id=f"{map_.id}.place",
        name="place on the map",
        label="Map of the embeddings with the place of the new picture.",
    )


@st.cache_data(max_entries=32, show_spinner=False)
def _ask(job: str, picture: bytes, map: str) -> FeaturesAnswer:
    return Inference().try_features(job, picture, map)
