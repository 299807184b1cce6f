"""Choose what recurrent networks are to learn: labelled texts or tagged words, networks and budget."""

from collections import Counter
from typing import Any

import streamlit as st

from components import jobs, shell
from components.numbers import about
from components.readers.record import KIND
from components.sentences import literal, say
from model_zoo.data import texts
from model_zoo.data.texts import Texts
from model_zoo.rnn import readers
from model_zoo.rnn.readers import DEFAULTS, MOST_EPOCHS, MOST_SEEDS, ReadersSpec

MOST_NAMED = 8  # labels
CHARACTERS_A_TOKEN = 3.5  # about, in English; Korean has fewer, of what takes longer
OFFERED = (*DEFAULTS, "lstm:bidirectional=true", "gru:bidirectional=true", "lstm:layers=2", "shipped:gradual=false")
LABELS = ("label", "sentiment", "class", "category", "target", "stars", "rating")
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
TAGGED = (".conll", ".conllu", ".iob", ".iob2", ".txt")


def setup() -> None:
    """Ask for the texts and what to do with them, then begin."""
    dropped = st.file_uploader(
        "Your texts", type=["csv", "tsv", *(suffix[1:] for suffix in TAGGED)], key="readers.file",
        help="In UTF-8, UTF-16 or CP949.",
    )  # fmt: skip
    if dropped is None:
        with st.container(border=True, key="readers.empty"):
            st.markdown(EXAMPLE)
        return
    content, name = dropped.getvalue(), dropped.name
    try:
        found = _tagged(content, name) if name.lower().endswith(TAGGED) else _labelled(content, name)
    except ValueError as error:
        say(str(error))
        return
    if found is None:
        return
    asked, tokens = found
    spec = _budget(asked)
    seconds = readers.estimate(ReadersSpec(file="", **spec), tokens) if spec else 0.0
    if st.button("Train them", type="primary", icon=":material/play_arrow:", key="readers.start", disabled=not spec):
        _begin(content, name, spec, seconds)
    if spec:
        st.caption(f"{about(seconds)[0].upper()}{about(seconds)[1:]}. It goes on when you close the page.")


def _labelled(content: bytes, name: str) -> tuple[dict[str, Any], int] | None:
    """Ask for the columns of a table; gives what they make of the spec, and about how many tokens the texts have."""
    chosen = _columns(texts.read(content, name))
    if chosen is None:
        return None
    column, label = chosen
    found = texts.read(content, name, column, label)
    sizes = Counter(filter(None, found.labels))
    told = ", ".join(f"{name} {count:,}" for name, count in sizes.most_common(MOST_NAMED))
    more = f" and {len(sizes) - MOST_NAMED:,} more" if len(sizes) > MOST_NAMED else ""
    st.markdown(literal(f"{len(found.texts):,} texts with {len(sizes):,} labels: {told}{more}."))
    return {"label": label, "column": column}, round(sum(map(len, found.texts)) / CHARACTERS_A_TOKEN)


def _tagged(content: bytes, name: str) -> tuple[dict[str, Any], int]:
    """Count the sentences of a CoNLL file; the job reads them closely."""
    lines = texts.lines(texts.decoded(content, name)[0])
    words = sum(bool(line.strip()) for line in lines)
    if not any(len(line.split()) > 1 for line in lines):
        raise ValueError(f"{name} has no line with a word and a tag. Write both, a tab between them.")
    st.markdown(f"{words:,} words, a tag for each.")
    return {}, words


def _columns(table: Texts) -> tuple[str, str] | None:
    """Ask which column holds the text, and which the labels."""
    others = [head for head in table.columns if head != table.column]
    if not others:
        say("This table has one column. Add a second one with the label of each text.")
        return None
    left, right = st.columns(2)
    column = left.selectbox("Column of texts", table.columns, table.columns.index(table.column), key="readers.column")
    labels = [head for head in table.columns if head != column]
    likely = next((i for i, head in enumerate(labels) if head.lower() in LABELS), 0)
    return column, right.selectbox("Column of labels", labels, likely, key="readers.label")


def _budget(asked: dict[str, Any]) -> dict[str, Any]:
    """Ask which networks, how long and how often; empty where no network is chosen."""
    chosen = st.pills(
        "Networks",
        OFFERED,
        selection_mode="multi",
        default=DEFAULTS,
        format_func=readers.title,
        key="readers.networks",
        help="All read the same tokens, learn from the same texts and get the same epochs.",
    )
    for name in dict.fromkeys(readers.get(text)[0].name for text in chosen):
        st.caption(f"**{readers.REGISTRY[name].title}.** {readers.REGISTRY[name].about}")
    left, right = st.columns(2)
    epochs = left.number_input("Epochs", 1, MOST_EPOCHS, ReadersSpec.epochs, key="readers.epochs")
    seeds = right.number_input("Seeds", 1, MOST_SEEDS, ReadersSpec.seeds, key="readers.seeds")
    return asked | {"configurations": list(chosen), "epochs": epochs, "seeds": seeds} if chosen else {}


def _begin(content: bytes, name: str, spec: dict[str, Any], seconds: float) -> None:
    try:
        asked = ReadersSpec(file=texts.keep(content, name), **spec).to_json()
    except ValueError as error:
        say(str(error))
        return
    shell.go("readers", {"id": jobs.submit(KIND, asked, estimate_seconds=seconds)})
