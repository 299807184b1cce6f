"""The first step: a file of labelled texts or of tagged words, its columns, and what is in it. The link carries it."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.sentences import literal, say
from model_zoo.data import texts
from model_zoo.data.limits import LIMITS, MIB
from model_zoo.rnn.labelled import labelled, tagged
from model_zoo.rnn.readers import LONGEST

MOST_NAMED = 8  # labels
CHARACTERS_A_TOKEN = 3.5  # about, in English; Korean has fewer
LABELS = ("label", "sentiment", "class", "category", "target", "stars", "rating")
TAGGED = (".conll", ".conllu", ".iob", ".iob2", ".txt")
EXAMPLE = """**A label for each text**: a table (CSV or TSV) with a first line of names, such as

```
text,label
"The battery lasts two days",good
"Broke after a week",bad
```

**A tag for each word**: a CoNLL file, a word and its tag a line, an empty line after each sentence, such as

```
Marie\tB-PER
Curie\tI-PER
taught\tO
```

A hundred texts show something, a thousand can tell networks apart. Two labels or up to fifty."""


@dataclass(frozen=True)
class Found:
    """What a file holds: said in a sentence, and about how many tokens there are to read."""

    said: str
    tokens: int


def texts_step() -> tuple[dict[str, Any], int] | None:
    """Ask for the texts; once they stand, gives what they make of a ReadersSpec, and about how many tokens."""
    if trouble := st.session_state.get("readers.trouble"):
        say(trouble)
    file = st.query_params.get("file", "")
    name = _name(file) if file else ""
    if not name:
        _ask()
        return None
    try:
        return _chosen(file, name)
    except ValueError as error:
        say(str(error))
    return None


def _name(file: str) -> str:
    """Give the name of a kept file; empty where it is gone, which is said."""
    try:
        return texts.name_of(file)
    except ValueError as error:
        say(str(error))
        return ""


def _ask() -> None:
    kinds = ["csv", "tsv", *(suffix[1:] for suffix in TAGGED)]
    st.file_uploader(
        "Your texts", type=kinds, max_upload_size=LIMITS.texts_bytes // MIB, key="readers.upload",
        help="In UTF-8, UTF-16 or CP949.", on_change=_uploaded,
    )  # fmt: skip
    with st.container(border=True, key="readers.empty"):
        st.markdown(EXAMPLE)


def _uploaded() -> None:
    """Keep what came if it can be used; otherwise say why, and leave all as it was."""
    if not (sent := st.session_state["readers.upload"]):
        return
    try:
        file = texts.keep(sent.getvalue(), sent.name)
        look_tags(file) if _is_tagged(sent.name) else look_columns(file)
    except ValueError as error:
        st.session_state["readers.trouble"] = str(error)
        return
    st.session_state.pop("readers.trouble", None)
    st.query_params["file"] = file


def _others() -> None:
    st.query_params.pop("file", None)
    st.session_state.pop("readers.trouble", None)


def _chosen(file: str, name: str) -> tuple[dict[str, Any], int] | None:
    """Name the file, ask for its columns, and say what is in it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{literal(name)}**")
        st.button("Choose another file", key="readers.others", icon=":material/refresh:", on_click=_others)
    if _is_tagged(name):
        found, asked = look_tags(file), {}
    else:
        column, columns = look_columns(file)
        if len(columns) < 2:
            raise ValueError("This table has one column. Add a second one with the label of each text.")
        asked = _columns(column, columns)
        found = look_labels(file, **asked)
    st.markdown(literal(found.said))
    return {"file": file, **asked}, found.tokens


def _columns(column: str, columns: tuple[str, ...]) -> dict[str, str]:
    """Ask which column holds the text, and which the labels."""
    left, right = st.columns(2)
    column = left.selectbox("Column of texts", columns, columns.index(column), key="readers.column")
    labels = [head for head in columns if head != column]
    likely = next((i for i, head in enumerate(labels) if head.lower() in LABELS), 0)
    return {"column": column, "label": right.selectbox("Column of labels", labels, likely, key="readers.label")}


@st.cache_data(max_entries=32, show_spinner="Reading the file")
def look_columns(file: str) -> tuple[str, tuple[str, ...]]:
    """Give the column that looks like text, and all columns; raises ValueError with a sentence."""
    found = texts.read(*texts.find(file))
    return found.column, found.columns


@st.cache_data(max_entries=32, show_spinner="Reading the labels")
def look_labels(file: str, column: str, label: str) -> Found:
    """Count the texts of each label; raises ValueError with a sentence where the job would."""
    found = labelled(texts.read(*texts.find(file), column, label))
    sizes = Counter(found.classes[number] for number in found.labels)
    told = ", ".join(f"{name} {count:,}" for name, count in sizes.most_common(MOST_NAMED))
    more = f" and {len(sizes) - MOST_NAMED:,} more" if len(sizes) > MOST_NAMED else ""
    left_out = f"; {found.left_out:,} copies or texts without a label left out" if found.left_out else ""
    tokens = sum(min(LONGEST, len(text) / CHARACTERS_A_TOKEN) for text in found.texts)
    return Found(f"{len(found.texts):,} texts with {len(sizes):,} labels: {told}{more}{left_out}.", round(tokens))


@st.cache_data(max_entries=32, show_spinner="Reading the tags")
def look_tags(file: str) -> Found:
    """Count sentences, words and tags; raises ValueError with a sentence where the job would."""
    found = tagged(*texts.find(file))
    words, kinds = sum(map(len, found.words)), {tag for tags in found.tags for tag in tags}
    copies = f"; {found.left_out:,} copies left out" if found.left_out else ""
    return Found(f"{len(found.words):,} sentences, {words:,} words, {len(kinds):,} different tags{copies}.", words)


def _is_tagged(name: str) -> bool:
    return name.lower().endswith(TAGGED)
