"""What Thaw does, in one picture, and the way to a first race."""

import streamlit as st

from components import shell
from components.setup.first_race import start_first_race
from components.strategy_gallery import strategy_gallery

TITLE, ICON, SECTION, ORDER = "Home", ":material/home:", "", 0

LEAD = """A network that was trained on a hundred thousand pictures already sees edges, textures and shapes.
To teach it *your* pictures you keep part of it **frozen** and let part of it **move**. How much, and when, is the
strategy, and it can be worth many points of accuracy. Thaw races strategies on your own pictures and tells you which
one to use, by how much, and how sure that is."""
STEPS = (
    ("Bring pictures", "A ZIP with one folder for each class, or a handful from your webcam. Five of each are enough."),
    ("Choose strategies", "Each is drawn before it runs. Paint your own if none of them will do."),
    ("Read the answer", "One sentence with its margin, then curves, confusions, and a picture of yours to try it on."),
)


def render() -> None:
    shell.question("How much of a network should thaw to learn your pictures?", LEAD)
    _first_race()
    st.subheader("Each strategy, drawn before it runs", anchor=False)
    st.caption("Rows are stages of the network, the input on top and the new last layer below; columns are epochs.")
    strategy_gallery(key="home.strategies")
    st.subheader("From question to answer", anchor=False)
    for column, (number, (title, text)) in zip(st.columns(len(STEPS)), enumerate(STEPS, start=1), strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{number} · {title}**  \n{text}")


def _first_race() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        start_first_race("home.start")
        shell.link("compare", "Choose for yourself", {"preset": "classics", "data": "materials"})
        st.caption("Ten drawn surfaces, three classic strategies. Nothing to download or prepare.")
