"""What a job made of many texts: a sentence, the chart of the distribution, and a table to search, sort, download."""

from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import Any
from zlib import crc32

import streamlit as st

from components.charts.chart import Chart, canvas, show
from components.numbers import percent
from components.pages import turned_to
from components.setup.colours import coloured
from components.text.judged import ORDERS, WHICH, as_csv, found, judged
from components.text.signed import ABOVE, BELOW
from components.text.verdict import UNSURE, share
from components.theme import is_dark, palette
from model_zoo.rnn import sentiment

PAGE = 25  # texts shown at once
LETTERS = 300  # of a text in the table; the whole is in the download
PLOT = 220  # px of height


def judged_view(job: str, result: Mapping[str, Any]) -> None:
    """Show the answer of a finished job."""
    st.markdown(summary(result))
    show(distribution(result, is_dark()), key="sentiment.distribution")
    _table(job, result["name"])


def summary(result: Mapping[str, Any]) -> str:
    """Say how many are positive, and in which languages they are."""
    count, positive = result["texts"], result["positive"]
    each = [f"{number:,} in {sentiment.LANGUAGES[code]}" for code, number in result["languages"].items()]
    return (
        f"**{positive:,} of {count:,} {'text is' if count == 1 else 'texts are'} more positive than negative**, "
        f"{percent(positive / count)}; {' and '.join(each)}."
    )


def distribution(result: Mapping[str, Any], dark: bool) -> Chart:
    """Draw how many texts have which probability of being positive."""
    bins: Sequence[int] = result["histogram"]
    width = 1 / len(bins)
    middles = [width * (place + 0.5) for place in range(len(bins))]
    unsure = sum(number for number, middle in zip(bins, middles, strict=True) if abs(middle - 0.5) < UNSURE)
    title = f"Of {unsure:,} of {sum(bins):,} it cannot tell: they stand in the grey middle"
    figure = canvas(title, "Texts by their probability of being positive", PLOT, dark)
    colours = [_colour(middle, dark) for middle in middles]
    between = [f"{percent(m - width / 2, 0)[:-2]} to {percent(m + width / 2, 0)}" for m in middles]
    figure.add_bar(
        x=[100 * middle for middle in middles],
        y=list(bins),
        width=[100 * width * 0.92] * len(bins),
        marker_color=colours,
        customdata=between,
        hovertemplate="%{customdata} positive<br><b>%{y:,} texts</b><extra></extra>",
    )
    ticks = [0, 25, 50, 75, 100]
    figure.update_xaxes(range=[-2, 104], tickvals=ticks, ticktext=[f"{tick} %" for tick in ticks])
    figure.update_yaxes(rangemode="tozero", tickformat=",d", title_text="texts", nticks=5)
    rows = [
        {"from": round(m - width / 2, 3), "to": round(m + width / 2, 3), "texts": number}
        for m, number in zip(middles, bins, strict=True)
    ]
    told = ", ".join(f"{words}: {number:,}" for words, number in zip(between, bins, strict=True) if number)
    return Chart(figure, f"Bars of how many texts are how positive. {told}.", rows, "sentiment of texts")


@st.fragment
def _table(job: str, name: str) -> None:
    """Show the texts, those that are searched for, in the order asked for, a page at a time."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input("Search", type="search", live=True, key="sentiment.search", width=260)
        which = st.selectbox("Show", WHICH, key="sentiment.which", width=150)
        order = st.selectbox("Order", ORDERS, key="sentiment.order", width=210)
    table = found(judged(job), search, which, order)
    if not table.num_rows:
        st.info("No text is like that. Search for less, or show all.", icon=":material/search_off:")
        return
    part = turned_to(table.num_rows, PAGE, key=f"sentiment.page.{crc32(repr((search, which, order)).encode()):x}")
    st.html(_STYLE + _rows(table.slice(part.start, part.stop - part.start).to_pylist()))
    st.download_button(
        f"Download {'this text' if table.num_rows == 1 else f'these {table.num_rows:,} texts'} as CSV",
        partial(as_csv, table),
        file_name=f"{Path(name).stem}, judged.csv",
        mime="text/csv",
        key="sentiment.download",
        icon=":material/download:",
        on_click="ignore",
    )


def _rows(rows: Sequence[Mapping[str, Any]]) -> str:
    head = "".join(f"<th scope='col'>{name}</th>" for name in ("No.", "Text", "Read as", "Positive"))
    return f"<div class='thaw-judged' tabindex='0'><table><tr>{head}</tr>{''.join(map(_row, rows))}</table></div>"


def _row(row: Mapping[str, Any]) -> str:
    text, positive = row["text"], row["positive"]
    shown = text if len(text) <= LETTERS else f"{text[:LETTERS]}…"
    said = "cannot tell" if abs(positive - 0.5) < UNSURE else "positive" if positive > 0.5 else "negative"
    kind = said.replace(" ", "-")
    return (
        f"<tr><td>{row['place']:,}</td><td dir='auto'>{escape(shown)}</td>"
        f"<td>{sentiment.LANGUAGES[row['language']]}</td><td class='{kind}'>"
        f"<b>{share(positive)}</b><small>{said}</small><i style='--share:{100 * positive:.1f}%'></i></td></tr>"
    )


def _colour(middle: float, dark: bool) -> str:
    return palette(dark).edge if abs(middle - 0.5) < UNSURE else (ABOVE if middle > 0.5 else BELOW)[dark]


_STYLE = coloured(f"""<style>
.thaw-judged {{ overflow-x: auto; }}
.thaw-judged table {{ border-collapse: collapse; width: 100%; font-size: 0.9rem; font-variant-numeric: tabular-nums; }}
.thaw-judged :is(th, td) {{ text-align: left; vertical-align: top; padding: 0.4rem 1rem 0.4rem 0;
  border-bottom: 1px solid RULE; }}
.thaw-judged th {{ font-weight: 500; font-size: 0.8rem; color: FAINT; }}
.thaw-judged td:nth-child(1) {{ color: FAINT; }}
.thaw-judged td:nth-child(2) {{ width: 100%; min-width: 12rem; overflow-wrap: anywhere; }}
.thaw-judged td:last-child {{ min-width: 8.5rem; }}
.thaw-judged b {{ white-space: nowrap; }}
.thaw-judged small {{ margin-left: 0.4rem; color: FAINT; white-space: nowrap; }}
.thaw-judged i {{ display: block; height: 5px; border-radius: 3px; background: RULE; margin-top: 3px; }}
.thaw-judged i::after {{ content: ""; display: block; height: 100%; width: var(--share); min-width: 2px;
  border-radius: 3px; background: EDGE; }}
.thaw-judged .positive i::after {{ background: light-dark({ABOVE[0]}, {ABOVE[1]}); }}
.thaw-judged .negative i::after {{ background: light-dark({BELOW[0]}, {BELOW[1]}); }}
</style>""")
