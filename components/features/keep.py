"""Keep it: fitted pipelines without pickles, embeddings as Parquet, numbers as CSV, and the address of this page."""

import json
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO

import numpy as np
import streamlit as st
from safetensors import SafetensorError, safe_open

from components.downloads import csv_text
from components.features.record import Record
from components.result.keep import link_to
from model_zoo.features.classifiers import get
from model_zoo.knobs import parse

EMBEDDINGS = "embeddings.safetensors"
GROUP = 4096  # rows of a Parquet file that are written at once
LOAD = """import skops.io

classify = skops.io.load("{file}", trusted={trusts})
classes = {classes}
numbers = classify.predict(embeddings)  # (n, {dimensions}) float32, {stage} of {backbone}, {pooling} pooling
labels = [classes[number] for number in numbers]
"""
SAFE = (
    "A [skops](https://skops.readthedocs.io) file holds no code: it makes scikit-learn's own types and those that you "
    "allow by name, no others. Read back, this one gave the same labels and scores as here for all {count} test "
    "pictures."
)


@st.fragment
def keep(record: Record) -> None:
    """Offer what a visitor may want to take along."""
    st.subheader("Keep it", anchor=False)
    numbers, pipeline = st.columns([1, 2], gap="large")
    with numbers:
        link_to(record.job.id)
        _metrics(record)
        _embeddings(record)
    with pipeline:
        _pipeline(record)


def metric_rows(record: Record) -> list[dict[str, Any]]:
    """Give every fit as one row of plain values."""
    rows = []
    for row in record.rows:
        plain = {name: value for name, value in row.items() if not isinstance(value, dict)}
        rows.append(plain | {f"chosen.{knob}": value for knob, value in row["chosen"].items()})
    return rows


def parquet(record: Record, stage: str) -> IO[bytes]:
    """Write the embeddings of a stage as Parquet: name, class, one float32 column a value; a picture a row.

    The file is nobody's: it goes when it is closed.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    pictures, stream = record.pictures, TemporaryFile()  # noqa: SIM115 — who asked closes it
    with safe_open(record.folder / EMBEDDINGS, framework="np") as file:
        rows = file.get_slice(stage)
        count, dimensions = rows.get_shape()
        names = pictures.names if pictures else [str(i) for i in range(count)]
        classes = np.array(pictures.classes)[pictures.labels] if pictures else np.full(count, "")
        columns = [f"v{number}" for number in range(dimensions)]
        fields = [("picture", pa.string()), ("class", pa.string()), *((name, pa.float32()) for name in columns)]
        schema = pa.schema(fields)
        with pq.ParquetWriter(stream, schema) as writer:
            for start in range(0, count, GROUP):
                part = rows[start : min(start + GROUP, count)]  # (n, D)
                head = [pa.array(names[start : start + len(part)]), pa.array(classes[start : start + len(part)])]
                values = [pa.array(np.ascontiguousarray(part[:, i])) for i in range(dimensions)]
                writer.write_table(pa.table([*head, *values], schema=schema))
    stream.seek(0)
    return stream


def _metrics(record: Record) -> None:
    st.markdown("**Numbers and embeddings**")
    st.download_button(
        "Metrics as CSV",
        lambda: csv_text(metric_rows(record)),
        file_name=f"thaw-{record.job.id[:8]}-classifiers.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/table:",
        key="features.csv",
    )


def _embeddings(record: Record) -> None:
    try:
        with safe_open(record.folder / EMBEDDINGS, framework="np") as file:
            there = [stage for stage in record.spec.stages if stage in file.keys()]  # noqa: SIM118 — no dictionary
    except (SafetensorError, OSError):
        st.caption("The embeddings are not on this machine any more.")
        return
    for stage in there:
        st.download_button(
            f"{stage} as Parquet",
            partial(parquet, record, stage),
            file_name=f"thaw-{record.job.id[:8]}-{stage}.parquet",
            mime="application/vnd.apache.parquet",
            on_click="ignore",
            icon=":material/grid_on:",
            key=f"features.parquet.{stage}",
            help="A row a picture: its name, its class, and one column for each value of its embedding.",
        )


def _pipeline(record: Record) -> None:
    st.markdown("**A fitted pipeline**")
    name = st.selectbox(
        "Classifier", [line["strategy"] for line in record.result["ranking"]],
        format_func=lambda name: record.marks[name].label, key="features.keep.row", persist_state="page",
    )  # fmt: skip
    row = next(row for row in record.rows if row["name"] == name and row["seed"] == record.spec.seed)
    offer = row.get("export") or {"sentence": "It was not kept."}
    file = record.folder / offer.get("file", "")
    if "file" not in offer or not file.exists():
        st.info(offer.get("sentence", "This pipeline is not on this machine any more. Run it again to fit it anew."))
        return
    called = f"{parse(row['classifier'])[0]}-{row['stage']}.skops"
    st.download_button(
        f"Download it, {_size(file)}",
        partial(_open, file),
        file_name=called,
        mime="application/octet-stream",
        on_click="ignore",
        icon=":material/download:",
        key="features.pipeline",
    )
    told = {
        "file": called,
        "trusts": offer.get("trusts", []),
        "classes": _classes(file),
        "dimensions": row["dimensions"],
        "stage": row["stage"],
    }
    st.code(LOAD.format(**told, backbone=record.spec.backbone, pooling=record.spec.pooling))
    st.caption(SAFE.format(count=f"{offer.get('agrees', 0):,}") + f" {get(row['classifier'])[0].reference}.")


def _classes(file: Path) -> list[str]:
    """Give the names of what a pipeline answers by number, from what lies beside it."""
    return list(json.loads((file.parent / "about.json").read_text("utf-8"))["classes"])


def _size(file: Path) -> str:
    size = file.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 95_000 else f"{max(1, round(size / 1e3))} kB"


def _open(file: Path) -> BinaryIO:
    return file.open("rb")
