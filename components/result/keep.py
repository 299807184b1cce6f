"""Keep it: the numbers as CSV, a network as safetensors with the lines that load it, and the address of this page."""

from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import streamlit as st

from components.downloads import csv_text
from components.result.choice import choose_run
from components.result.record import Record

LOAD = """from safetensors.torch import load_file
from model_zoo import backbones

network = backbones.get("{backbone}").network({classes}, seed=0, pretrained=False)
network.load_state_dict(load_file("{file}"))
network.eval()
"""
HEADER = (
    "Class names, picture size, mean and deviation stand in the file’s metadata: "
    "`safetensors.safe_open(file, 'pt').metadata()`."
)


@st.fragment
def keep(record: Record) -> None:
    """Offer what a visitor may want to take along."""
    st.subheader("Keep it", anchor=False)
    numbers, network = st.columns([1, 2], gap="large")
    with numbers:
        link_to(record.job.id)
        _metrics(record)
    with network:
        _network(record)


def epoch_rows(record: Record) -> list[dict[str, Any]]:
    """Give every epoch of every run as one row; what has one value a stage gets a column a stage."""
    return [
        {
            "strategy": end.strategy,
            "seed": end.seed,
            "epoch": end.epoch + 1,
            "train_loss": end.train_loss,
            "train_accuracy": end.train_accuracy,
            "validation_loss": end.validation_loss,
            "validation_accuracy": end.validation_accuracy,
            "seconds": end.seconds,
            "peak_memory_bytes": end.peak_memory_bytes,
            "memory_measured": end.memory_measured,
        }
        | _by_stage(record, "rate", end.rates)
        | _by_stage(record, "gradient_norm", end.gradient_norms)
        | _by_stage(record, "drift", end.drift)
        for end in record.epochs
    ]


def load_lines(record: Record, file: str) -> str:
    """Write the lines of Python that load a downloaded network."""
    return LOAD.format(backbone=record.spec.backbone, classes=len(record.result["classes"]), file=file)


def _by_stage(record: Record, what: str, values: list[float]) -> dict[str, float]:
    return {f"{what}.{stage}": value for stage, value in zip(record.stages, values, strict=True)}


def _metrics(record: Record) -> None:
    st.markdown("**Metrics**")
    with st.container(horizontal=True):
        for name, rows in (("epochs", lambda: epoch_rows(record)), ("runs", lambda: record.result["runs"])):
            st.download_button(
                f"{name.capitalize()} as CSV",
                partial(_csv, rows),
                file_name=f"thaw-{record.job.id[:8]}-{name}.csv",
                mime="text/csv",
                on_click="ignore",
                icon=":material/table:",
                key=f"comparison.csv.{name}",
            )


def _csv(rows: Any) -> str:
    return csv_text(rows())


def _network(record: Record) -> None:
    st.markdown("**A trained network**")
    run = choose_run(record, key="comparison.keep")
    row, model = record.result["runs"][run], record.folder / "runs" / str(run) / "model.safetensors"
    if not model.exists():
        st.info("The network of this run is not on this machine any more. Run the comparison again to train it anew.")
        return
    file = f"{row['strategy'].partition(':')[0]}-seed{row['seed']}.safetensors"
    st.download_button(
        f"Download it, {model.stat().st_size / 1e6:.0f} MB",
        partial(_open, model),
        file_name=file,
        mime="application/octet-stream",
        on_click="ignore",
        icon=":material/download:",
        key="comparison.model",
    )
    st.code(load_lines(record, file))
    st.caption(HEADER)


def _open(model: Path) -> BinaryIO:
    return model.open("rb")


def link_to(id: str) -> None:
    """Show the address under which a job's page opens again."""
    st.markdown("**This page**")
    st.code(f"{(st.context.url or '').partition('?')[0]}?id={id}", language=None, wrap_lines=True)
    st.caption("The address opens it again, for everyone who can reach this dashboard.")
