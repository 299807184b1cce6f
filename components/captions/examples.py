"""Example pictures: scenes drawn by us, and the two photos that scikit-learn ships."""

import io
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from components.gallery import data_uri
from model_zoo.data import scenes

THUMB = (144, 108)  # px


@dataclass(frozen=True)
class Example:
    """A picture to begin with, by its title; `credit` says whose photo it is."""

    title: str
    credit: str = ""


PHOTOS = {  # by the names of their files
    "china": Example("A temple", "Photo by danielbuechele, CC BY 2.0, shipped with scikit-learn."),
    "flower": Example("A flower", "Photo by vultilion, CC BY 2.0, shipped with scikit-learn."),
}
DRAWN = "Drawn for Thaw. A photograph of your own says more about the network than a drawing does."
KNOWN = "Drawn for Thaw, and drawn anew until the network took it for a dog: a picture of your own says more about it."
EXAMPLES = {
    name: Example(scene.title, KNOWN if name == "dog" else DRAWN) for name, scene in scenes.SCENES.items()
} | PHOTOS


@st.cache_data(show_spinner=False)
def content(name: str) -> bytes:
    """Give an example as the content of a picture file."""
    return _photo(name).read_bytes() if name in PHOTOS else scenes.png(name)


@st.cache_data(show_spinner=False)
def thumbnail(name: str) -> str:
    """Give an example small, as a data URI."""
    image = Image.open(io.BytesIO(content(name))).convert("RGB")
    return data_uri(np.asarray(image.resize(THUMB, Image.Resampling.LANCZOS)).transpose(2, 0, 1))


def _photo(name: str) -> Path:
    """Find a photo without importing the library that ships it, which is too heavy for a page."""
    found = find_spec("sklearn")
    assert found is not None
    assert found.submodule_search_locations is not None
    return Path(found.submodule_search_locations[0]) / "datasets" / "images" / f"{name}.jpg"
