"""Step 4: how long, how often, how fast; and what it will cost, before it starts."""

from html import escape

import streamlit as st

from components.configurations import marks
from components.numbers import about, duration
from components.setup import choices
from components.setup.choices import HIGHEST_RATE, LOWEST_RATE, MOST, Choices
from components.setup.colours import coloured
from components.setup.costs import Cost, gigabytes
from components.theme import is_dark
from model_zoo.estimates import Estimate

SEEDS_HELP = """Each strategy runs once for each seed: another new last layer, another order of pictures. Three show how
much of a difference is luck; one seed decides nothing."""
RATE_HELP = (
    "AdamW's highest learning rate, the same for all strategies; their factors scale it. It warms up, then falls."
)


def budget_step(chosen: Choices, cost: Cost) -> None:
    """Show the controls, and what the choice costs."""
    epochs, seeds, advanced = st.columns([2, 2, 1], vertical_alignment="bottom")
    with epochs:
        _number("Epochs", "epochs", chosen.epochs, "How often every picture is seen.")
    with seeds:
        _number("Seeds", "seeds", chosen.seeds, SEEDS_HELP)
    with advanced.popover("Advanced", icon=":material/tune:", width="stretch"):
        _rate(chosen)
        _first_seed(chosen)
    if cost.estimate:
        _figures(cost.estimate)
        _shares(chosen, cost.estimate.by_strategy)


def words(chosen: Choices) -> str:
    """Say in a few words what is chosen."""
    epochs, seeds = chosen.epochs, chosen.seeds
    return f"{epochs} {'epoch' if epochs == 1 else 'epochs'} × {seeds} {'seed' if seeds == 1 else 'seeds'}"


def _number(label: str, name: str, value: int, help: str) -> None:
    key = f"compare.{name}"
    st.session_state.setdefault(key, value)
    st.number_input(label, 1, MOST[name], key=key, help=help, on_change=_change, args=(name,))


def _rate(chosen: Choices) -> None:
    st.session_state.setdefault("compare.rate", chosen.rate)
    st.number_input(
        "Learning rate",
        LOWEST_RATE,
        HIGHEST_RATE,
        step=0.001,
        format="%.5f",
        key="compare.rate",
        help=RATE_HELP,
        on_change=_change,
        args=("rate",),
    )


def _first_seed(chosen: Choices) -> None:
    st.session_state.setdefault("compare.seed", chosen.seed)
    told = "The same seed and choices give the same numbers again."
    st.number_input("First seed", 0, 2**31, key="compare.seed", help=told, on_change=_change, args=("seed",))


def _change(name: str) -> None:
    choices.choose(**{name: st.session_state[f"compare.{name}"]})


def _figures(estimate: Estimate) -> None:
    facts = (
        ("Time", about(estimate.seconds), "Of all strategies and seeds together."),
        ("Memory", gigabytes(estimate.memory_bytes), "While it runs, besides the program itself."),
        ("Disk", gigabytes(estimate.disk_bytes), "The best network of every run is kept, to try and to save."),
    )
    cells = "".join(f'<div title="{why}"><small>{name}</small><b>{fact}</b></div>' for name, fact, why in facts)
    st.html(f'{_STYLE}<div class="facts">{cells}</div>')


def _shares(chosen: Choices, seconds: dict[str, float]) -> None:
    """Show what each strategy takes of the time."""
    most = max(seconds.values())
    rows = [
        f'<div role="listitem"><span>{escape(mark.label)}</span>'
        f'<i style="width:{100 * seconds[text] / most:.1f}%;background:{mark.css}"></i>'
        f"<b>{duration(seconds[text])}</b></div>"
        for text, mark in marks(chosen.strategies, is_dark()).items()
    ]
    st.html(f'<div class="shares" role="list" aria-label="Time of each strategy">{"".join(rows)}</div>')


_STYLE = coloured("""<style>
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(6rem, 1fr)); gap: 0.5rem 1rem;
  margin: 0.5rem 0; }
.facts small { display: block; font-size: 0.8rem; color: FAINT; }
.facts b { font-size: 1.2rem; font-weight: 600; }
.shares { display: grid; gap: 0.35rem; font-size: 0.875rem; }
.shares > div { display: grid; grid-template-columns: minmax(8rem, 16rem) minmax(0, 1fr) 6.2rem; gap: 0.8rem;
  align-items: center; }
.shares i { height: 0.55rem; border-radius: 3px; min-width: 2px; }
.shares b { font-weight: 500; text-align: right; font-variant-numeric: tabular-nums; }
@media (max-width: 640px) { .shares > div { grid-template-columns: minmax(0, 1fr) 3rem 6rem; } }
</style>""")
