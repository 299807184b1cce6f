"""Many texts at once: send a file or paste lines, choose the column, have them judged, and read the answer.

The link carries the file, by the hash of its content, and the column; so a reload and a second visitor find both.
"""

from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from components.networks.work import Work, latest, offer
from components.result.heading import counted
from components.sentences import literal, say
from components.text.judged_view import judged_view
from model_zoo.data import texts
from model_zoo.data.limits import LIMITS, MIB, in_bytes
from model_zoo.experiments.job import Job
from model_zoo.experiments.jobs.sentiment_texts import FILE, TextsSpec, estimate
from model_zoo.rnn import sentiment

KIND = "sentiment_texts"
FROM_FILE, PASTED = "A file", "Pasted lines"
PASTED_NAME = "pasted lines.txt"
FIRST, LETTERS = 3, 120  # texts of a file that are shown before it is judged, and letters of each
LEAD = (
    f"Send a table (CSV or TSV) with a column of texts, or a text file with one text a line, up to {LIMITS.texts:,} "
    f"texts and {in_bytes(LIMITS.texts_bytes)}. How positive they are will stand here, as a chart and as a table to "
    "search, to sort and to download."
)


@dataclass(frozen=True)
class Sent:
    """What a kept file holds, as far as the page tells it."""

    name: str
    count: int
    characters: int
    column: str
    columns: tuple[str, ...]
    encoding: str
    left_out: int
    first: tuple[str, ...]


def many(language: str) -> None:
    """Ask for texts, offer to judge them as `language` ("": each in its own), and show what came of it."""
    if trouble := st.session_state.get("sentiment.trouble"):
        say(trouble)
    file = st.query_params.get("file", "")
    sent = _opened(file, st.query_params.get("column", "")) if file else None
    if sent is None:
        _ask()
        return
    column = _about(file, sent)
    spec = asdict(TextsSpec(file, column, language))
    job = latest(KIND, spec, FILE)
    if job and job.state == "finished" and job.result:
        judged_view(job.id, job.result)
        return
    _offer(sent, spec, job, language)


@st.cache_data(max_entries=32, show_spinner="Reading the file")
def look(file: str, column: str) -> Sent:
    """Read a kept file; raises ValueError with a sentence for what cannot be used."""
    content, name = texts.find(file)
    found = texts.read(content, name, column)
    return Sent(
        name=name,
        count=len(found.texts),
        characters=sum(map(len, found.texts)),
        column=found.column,
        columns=found.columns,
        encoding=found.encoding,
        left_out=found.left_out,
        first=tuple(text[: LETTERS + 1] for text in found.texts[:FIRST]),
    )


def _opened(file: str, column: str) -> Sent | None:
    """Open what the link names; a column that is not there gives way to the one that looks most like text."""
    for attempt in dict.fromkeys((column, "")):
        try:
            return look(file, attempt)
        except ValueError as error:
            sentence = str(error)
    say(sentence)
    return None


def _ask() -> None:
    """Ask for a file or for lines."""
    st.markdown(LEAD)
    how = st.segmented_control(
        "Texts", [FROM_FILE, PASTED], default=FROM_FILE, required=True, key="sentiment.how",
        label_visibility="collapsed",
    )  # fmt: skip
    if how == FROM_FILE:
        st.file_uploader(
            "A file of texts",
            type=["csv", "tsv", "txt"],
            max_upload_size=LIMITS.texts_bytes // MIB,
            key="sentiment.upload",
            on_change=_uploaded,
        )
        return
    st.text_area("One text a line", key="sentiment.pasted", height=160, persist_state="page")
    st.button("Take these lines", key="sentiment.take", icon=":material/check:", on_click=_pasted)


def _uploaded() -> None:
    if file := st.session_state["sentiment.upload"]:
        _take(file.getvalue(), file.name)


def _pasted() -> None:
    _take(st.session_state["sentiment.pasted"].encode("utf-8", errors="replace"), PASTED_NAME)


def _take(content: bytes, name: str) -> None:
    """Keep what came if it can be used; otherwise say why, and leave all as it was."""
    try:
        file = texts.keep(content, name)
        look(file, "")
    except ValueError as error:
        st.session_state["sentiment.trouble"] = str(error)
        return
    st.session_state.pop("sentiment.trouble", None)
    st.query_params["file"] = file
    st.query_params.pop("column", None)


def _others() -> None:
    st.query_params.pop("file", None)
    st.query_params.pop("column", None)
    st.session_state.pop("sentiment.trouble", None)


def _about(file: str, sent: Sent) -> str:
    """Say what was sent, and ask for the column of a table; gives the column, "" of plain lines."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        left_out = f", {counted(sent.left_out, 'line')} without a word left out" if sent.left_out else ""
        encoding = f", {sent.encoding.upper()}" if sent.encoding else ""
        st.markdown(f"**{literal(sent.name)}**  \n{counted(sent.count, 'text')}{encoding}{left_out}", width="content")
        key = f"sentiment.column.{file}"
        if len(sent.columns) > 1:
            held = st.session_state.get(key)
            st.session_state[key] = held if held in sent.columns else sent.column
            st.selectbox("Column of texts", sent.columns, key=key, on_change=_turn, args=(key,), width=240)
        st.button("Choose other texts", key="sentiment.others", icon=":material/refresh:", on_click=_others)
    return sent.column


def _turn(key: str) -> None:
    st.query_params["column"] = st.session_state[key]


def _offer(sent: Sent, spec: dict[str, Any], job: Job | None, language: str) -> None:
    """Show the first texts and offer to judge all; show the job while it goes on."""
    lines = [text if len(text) <= LETTERS else f"{text[:LETTERS]}…" for text in sent.first]
    st.markdown("\n".join(f"- {literal(' '.join(line.split()))}" for line in lines))
    read = f"All are read as {sentiment.LANGUAGES[language]}" if language else "Each is read in its own language"
    st.caption(f"{read}; the choice at the top of the page says so.")
    label = f"Judge {'this text' if sent.count == 1 else f'these {sent.count:,} texts'}"
    work = Work(KIND, spec, label, "Judging:", ":material/rate_review:", primary=True,
                seconds=estimate(sent.characters))  # fmt: skip
    offer(work, job)
