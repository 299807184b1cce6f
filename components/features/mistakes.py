"""Where a classifier goes wrong: its confusion matrix with the pictures behind each cell, the surest mistakes first."""

import streamlit as st

from components.features.predictions import answers, choose_row
from components.features.record import Record
from components.result.mistakes import confusions
from components.result.predictions import GONE


def mistakes(record: Record) -> None:
    """Show the confusion matrix of a chosen row and the pictures behind it."""
    names = [line["strategy"] for line in record.result["ranking"]]
    row = choose_row(record, names, key="features.look")
    found = answers(record, record.pictures, row) if record.pictures else None
    if record.pictures is None or found is None:
        st.info(GONE)
        return
    confusions(record.pictures, found, key=f"features.mistakes.{row}")
