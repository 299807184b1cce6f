"""How good the shipped networks are: the figures of the model card, measured on clips and digits that none has seen."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.numbers import percent, points
from components.result.heading import counted
from components.sentences import literal, say
from model_zoo.rnn import frames, watchers


def standing() -> None:
    """Show what each network has right, and what the differences are worth."""
    try:
        card = frames.card()
    except ValueError as error:
        say(str(error))
        return
    figures: Mapping[str, Any] = card["figures"]
    tasks = [task for task in frames.TASKS if task in figures]
    st.dataframe([_row(name, figures, tasks) for name in card["shapes"]], key="frames.standing", hide_index=True)
    for task in tasks:
        st.markdown(f"**{frames.TASKS[task]}.** {literal(_differences(figures[task]))}")
    st.caption(
        f"{counted(figures['clips'], 'clip')} of ten seconds, {figures['frames']:,} frames, digits written by hands "
        f"that were not learned from; mean and standard deviation of {counted(card['plan']['seeds'], 'seed')}. Read "
        f"from a compressed film, {watchers.title(frames.NETWORK)} has {_film(figures)}. {card['weaknesses']}"
    )
    with st.expander("Label by label", icon=":material/table_rows:"):
        for task in tasks:
            st.dataframe(
                [{"label": label, **row} for label, row in figures[task]["by label"].items()],
                key=f"frames.parts.{task}", hide_index=True,
                column_config={"right": st.column_config.NumberColumn(format="percent")},
            )  # fmt: skip


def _row(name: str, figures: Mapping[str, Any], tasks: list[str]) -> dict[str, str]:
    each = {frames.TASKS[task]: figures[task]["networks"][name] for task in tasks}
    told = {title: f"{percent(found['mean'])} ± {100 * found['deviation']:.1f}" for title, found in each.items()}
    return {"network": watchers.title(name), **told}


def _differences(figures: Mapping[str, Any]) -> str:
    """Say by how much the network that reads both ways is ahead of its rivals, and whether that can be trusted."""
    lines = []
    for name, pair in figures["ahead of"].items():
        low, high = pair["interval"]
        sure = "" if pair["decided"] else ", no difference you can trust"
        lines.append(
            f"{points(pair['difference'])} ({100 * low:+.1f} to {100 * high:+.1f}{sure}) against {watchers.title(name)}"
        )
    return f"{watchers.title(frames.NETWORK)}: {'; '.join(lines)}."


def _film(figures: Mapping[str, Any]) -> str:
    film = figures["from a film"]
    return ", ".join(f"{frames.TASKS[task].lower()} {percent(share)}" for task, share in film.items())
