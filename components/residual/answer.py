"""What the towers say: the sentence, errors against depth, learning, the inside, cut blocks, and what to keep."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from components import shell
from components.downloads import csv_text
from components.job_names import pictures_title
from components.numbers import MINUS, percent
from components.residual.again import again_button
from components.residual.cutting import cutting
from components.residual.errors_view import errors_and_curves
from components.residual.inside_view import inside
from components.residual.told import Told, told
from components.result.heading import counted, show_facts
from components.result.running import under_way, what_is_kept
from components.result.stopped import stopped_box, what_happened
from components.sentences import literal
from model_zoo.experiments.job import Job
from model_zoo.residual import findings, towers
from model_zoo.residual.towers import KINDS

WHY = """A block is two layers, $F$. A plain block gives $F(x)$: it makes all of its output anew, and what gets lost on
the way stays lost. A residual block gives $x + F(x)$: it only has to learn what is to be **added**, and on the way back
the error reaches every block through the sums, past all others. The charts look at both."""
GOES_ON = "Runs that had finished are kept; the others begin anew."


def running(job: Job) -> None:
    """Draw a job as it stands; call it again whenever that may have changed."""
    so_far = told(job)
    _heading(so_far)
    under_way(job, "residual", bool(so_far.plan), _ended(so_far), what_is_kept(_ended(so_far) if so_far.rows else ""))
    errors_and_curves(so_far)
    inside(so_far)


def stopped(job: Job) -> None:
    """Say what happened to a job, what is kept of it, and offer the ways on."""
    so_far = told(job)
    _heading(so_far)
    kept = f" {_ended(so_far)} by then and are kept." if so_far.rows else ""
    stopped_box(job, f"{what_happened(job)}{kept}", "residual", _others, goes_on=GOES_ON)
    if so_far.epochs:
        st.subheader("How far it came", anchor=False)
        errors_and_curves(so_far)


def answer(so_far: Told) -> None:
    """Show what the towers say, with the evidence."""
    if so_far.job:
        _heading(so_far)
    lines = "".join(f"<li>{escape(line)}</li>" for line in so_far.result["sentence"].splitlines())
    st.html(f'<ul class="thaw-answer" style="font-size:1.1rem">{lines}</ul>')
    errors_and_curves(so_far)
    _how(so_far)
    st.subheader("Why?", anchor=False)
    st.markdown(WHY)
    inside(so_far)
    if so_far.networks:
        st.subheader("What is one block worth?", anchor=False)
        cutting(so_far)
    st.subheader("Keep it", anchor=False)
    _keep(so_far)


def _heading(so_far: Told) -> None:
    spec = so_far.spec
    show_facts(
        {
            "Pictures": f"{pictures_title(spec.to_json())} · {spec.size} px",
            "Towers": f"{len(so_far.towers)} × {counted(spec.seeds, 'seed')}",
            "Budget": counted(spec.epochs, "epoch"),
        }
    )


def _ended(so_far: Told) -> str:
    return f"{len(so_far.rows)} of {counted(so_far.spec.runs, 'run')} finished"


def _how(so_far: Told) -> None:
    """Say how it was measured, and how sure the differences are."""
    spec = so_far.spec
    with st.expander("How sure is that, and how was it measured?", key="residual.how"):
        if rows := [_difference(each) for each in so_far.differences]:
            st.dataframe(rows, hide_index=True, key="residual.differences")
            st.caption(
                "Training error of a tower minus that of the shallowest of its kind, seed by seed. Each interval is "
                "for itself (Student's t over seeds); the verdict shares its level out over the depths of a kind "
                "(Holm). The last column says how much of its training loss a tower still lost in the last quarter of "
                "the budget, though the rate falls to nothing there: where that is much, it may only need more epochs."
            )
        st.markdown(
            f"{literal(so_far.result['split'])} Pictures of {spec.size} px, as they are: no augmentation, for the "
            f"question is what a network can fit. {counted(spec.epochs, 'epoch')}, batches of {spec.batch}, SGD with "
            f"momentum 0.9 and decay 1e{MINUS}4; the rate rises for a tenth of the steps, then falls along a cosine. "
            f"Each tower has the rate of {', '.join(f'{rate:g}' for rate in spec.rates)} at which its first run ended "
            "with the lowest training loss; that run counts as its first. Test pictures choose nothing. Errors are "
            "counted after the last epoch."
        )
        if edge := [towers.title(text) for text, rate in so_far.rates.items() if rate in _ends(spec.rates)]:
            st.markdown(f"At an end of that ladder, so that a rate beyond it might fit better: {', '.join(edge)}.")
        if longer := so_far.result.get("longer"):
            st.markdown(_longer(longer))
        rates = ", ".join(f"{towers.title(text)} {rate:g}" for text, rate in so_far.rates.items())
        st.markdown(f"Rates: {rates}. Device: {literal(so_far.result['device'])}.")
        for note in so_far.notes:
            st.markdown(literal(note.sentence))


def _ends(rates: Sequence[float]) -> tuple[float, float]:
    return min(rates), max(rates)


def _longer(longer: Mapping[str, Any]) -> str:
    """Say what twice the epochs change."""
    each = [
        f"{towers.title(text)} {findings.listed([percent(error) for error in errors])}"
        for text, errors in longer["errors"].items()
    ]
    return f"Over {longer['epochs']} epochs instead, training errors were: {'; '.join(each)}."


def _difference(each: Any) -> dict[str, str]:
    low, high = (f"{100 * value:+.1f}".replace("-", MINUS) for value in (each.low, each.high))
    return {
        "towers": f"{KINDS[each.shortcut]}, {each.depth} against {each.against}",
        "training error": f"{percent(each.error)} against {percent(each.error_against)}",
        "95 % of the difference": f"{low} to {high} points",
        "verdict": ("worse" if each.difference > 0 else "better") if each.decided else "no difference you can trust",
        "still gained at the end": percent(each.gains, 0),
    }


def _keep(so_far: Told) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Runs as CSV", csv_text(so_far.rows), "towers.csv", "text/csv", icon=":material/table:",
            key="residual.csv", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            "Everything as JSON", partial(json.dumps, dict(so_far.result)), "towers.json", "application/json",
            icon=":material/data_object:", key="residual.json", on_click="ignore",
        )  # fmt: skip
    if so_far.job:
        with st.container(horizontal=True):
            again_button(so_far.job.spec, key="residual.again", label="Train others like these")
            if st.button("To the shipped towers", icon=":material/arrow_back:", key="residual.back"):
                shell.go("residual")
        st.caption("This page has an address of its own: its link opens these towers again.")
    else:
        st.caption(f"Made by `{so_far.result['command']}`, in {so_far.result['minutes']} minutes of one core's work.")


def _others(job: Job) -> None:
    again_button(job.spec, key="residual.again", label="Choose again")
