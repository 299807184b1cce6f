"""The line below the title of a comparison: what was compared, on what, and at what expense."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from components.job_names import pictures_title
from components.numbers import about, duration
from components.result.record import Record
from model_zoo import backbones


def heading(record: Record) -> None:
    """Say in one line which pictures, backbone, strategies and budget this comparison has."""
    facts = {
        "Data": _data(record),
        "Backbone": f"{backbones.get(record.spec.backbone).title} at {record.spec.size} px",
        "Strategies": str(len(record.spec.strategies)),
        "Budget": _budget(record),
    }
    show_facts(facts)


def show_facts(facts: Mapping[str, str]) -> None:
    """Write facts side by side, each below its name."""
    cells = "".join(f"<div><dt>{name}</dt><dd>{escape(fact)}</dd></div>" for name, fact in facts.items())
    st.html(f"{_STYLE}<dl class='thaw-facts'>{cells}</dl>")


def counted(number: int, one: str, many: str = "") -> str:
    """Write “1 seed” or “3 seeds”."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _data(record: Record) -> str:
    title, split = pictures_title(record.spec.to_json()), record.plan.get("split")
    pictures = split and counted(split["train"] + split["validation"] + split["test"], "picture")
    classes = record.result.get("classes")
    return ", ".join(filter(None, [title, pictures, classes and counted(len(classes), "class", "classes")]))


def _budget(record: Record) -> str:
    most = "up to " if record.spec.within_seconds and not record.plan else ""  # what fits is known once it has begun
    budget = f"{most}{counted(record.spec.epochs, 'epoch')} × {counted(record.spec.seeds, 'seed')}"
    if record.job.state == "finished" and record.job.claimed and record.job.ended:
        return f"{budget}, took {duration((record.job.ended - record.job.claimed).total_seconds())}"
    return f"{budget}, {about(record.plan['seconds'])}" if "seconds" in record.plan else budget


_STYLE = """<style>
.stHtml .thaw-facts { display: flex; flex-wrap: wrap; gap: 0.4rem 2rem; margin: 0; padding: 0; }
.thaw-facts dt { font-size: 0.78rem; opacity: 0.8; margin: 0; }
.thaw-facts dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
</style>"""
