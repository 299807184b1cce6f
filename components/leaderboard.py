"""The leaderboard: one line a configuration, in the order in which they stand; lines glide when the order changes.

An own widget (Streamlit component, version 2): inside a fragment it updates in place, without flicker.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any

import streamlit as st

from components.configurations import Mark, drawing
from components.numbers import count, measured, percent
from components.standings import Interval, Standing


@dataclass(frozen=True)
class Column:
    """A column right of the bars: its title, what it says of a line, and what explains it on hover.

    `unit` follows the value on small screens, where no titles stand above it; "" and the title goes before it.
    """

    title: str
    value: Callable[[Standing], str]
    help: str = ""
    unit: str = ""


COSTS = (
    Column("time", lambda line: "" if line.seconds is None else measured(line.seconds), "To train it alone.", " "),
    Column(
        "trained",
        lambda line: "" if line.trained_parameters is None else count(line.trained_parameters),
        "Parameters that move.",
        " trained parameters",
    ),
)


def leaderboard(
    standings: Sequence[Standing],
    marks: Mapping[str, Mark],
    *,
    key: str,
    columns: Sequence[Column] = COSTS,
    what: str = "strategy",
) -> None:
    """Show where each configuration stands: accuracy, its 95 % interval, progress a seed, and `columns`.

    While nothing has a test accuracy the bar shows validation, and afterwards test. `what` a line is heads the names.
    """
    tested = any(standing.test is not None for standing in standings)
    low, high = _axis(standings, tested)
    rows = [_row(standing, marks[standing.configuration], tested, low, high, columns) for standing in standings]
    _leaderboard(
        key=key,
        data={
            "what": what,
            "bar": "test, 95 % interval" if tested else "validation, 95 % over seeds",
            "tested": tested,
            "axis": [percent(low, 0), percent(high, 0)],
            "columns": [{"title": column.title, "help": column.help, "unit": column.unit} for column in columns],
            "rows": rows,
        },
    )


def _axis(standings: Sequence[Standing], tested: bool) -> tuple[float, float]:
    """Choose the range of the bars: tens of percent below the lowest mean, to 1; an interval may be cut off."""
    means = [middle for middle, _ in (_shown(standing, tested) for standing in standings) if middle is not None]
    return (min(0.9, max(0.0, floor(10 * min(means) - 0.5) / 10)) if means else 0.0), 1.0


def _shown(standing: Standing, tested: bool) -> tuple[float | None, Interval | None]:
    if tested:
        return standing.test, standing.test_interval
    return standing.validation, standing.validation_interval


def _row(
    standing: Standing, mark: Mark, tested: bool, low: float, high: float, columns: Sequence[Column] = COSTS
) -> dict[str, Any]:
    middle, interval = _shown(standing, tested)
    span = max(high - low, 1e-9)
    place = [
        None if value is None else max(0.0, value - low) / span for value in (middle, *(interval or (middle, middle)))
    ]
    return {
        "id": standing.configuration,
        "label": mark.label,
        "mark": drawing(mark),
        "colour": mark.css,
        "validation": "–" if standing.validation is None else percent(standing.validation),
        "test": "" if standing.test is None else percent(standing.test),
        "interval": f"{percent(interval[0])} to {percent(interval[1])}" if interval else "",
        "place": place,
        "more": [column.value(standing) for column in columns],
        "runs": [{"seed": run.seed, "done": min(1.0, run.done)} for run in standing.runs],
    }


_HTML = """
<div class="board" role="table" aria-label="Leaderboard, best first">
  <div class="line names" role="row"></div>
  <div class="lines" role="rowgroup"></div>
</div>
"""

_CSS = """
.board { container-type: inline-size; font-family: var(--st-font); color: var(--st-text-color); font-size: 0.9rem;
  font-variant-numeric: tabular-nums; }
.line { display: grid; align-items: center; gap: 0 0.9rem; padding: 0.55rem 0.25rem; grid-template-columns:
    1.4rem minmax(10rem, 1.5fr) 4.4rem var(--test, 0) minmax(7rem, 1.6fr) repeat(var(--columns), 4.7rem);
  border-bottom: 1px solid var(--st-border-color); background: var(--st-background-color); }
.board.tested { --test: 4.4rem; }
.board:not(.tested) .test { display: none; }
.line > * { min-width: 0; }
.line > :is(.rank, .who, .validation, .test, .bar) { grid-row: 1; }
.rank { grid-column: 1; text-align: right; opacity: 0.8; } .who { grid-column: 2; } .validation { grid-column: 3; }
.test { grid-column: 4; } .bar { grid-column: 5; } .more { display: contents; }
.validation, .test, .value { text-align: right; white-space: nowrap; }
.value { grid-row: 1; } .names .value[title] { cursor: help; }
.names { font-size: 0.78rem; padding-block: 0.1rem; align-items: end; }
.names .bar { display: flex; justify-content: space-between; gap: 0.4rem; } .names .rank { opacity: 1; }
.names .bar span:nth-child(2) { text-align: center; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.title { display: flex; gap: 0.55rem; align-items: center; overflow-wrap: anywhere; line-height: 1.25; }
.line:not(.names) .rank, .first .title, .first .main { font-weight: 650; }
.runs { display: flex; gap: 3px; margin: 0.35rem 0 0 2.45rem; max-width: 12rem; }
.run { flex: 1; height: 4px; border-radius: 2px; overflow: hidden;
  background: color-mix(in srgb, var(--st-text-color) 16%, transparent); }
.run i { display: block; height: 100%; background: var(--colour); transition: width 400ms; }
.track { position: relative; height: 1.1rem;
  background: linear-gradient(var(--st-border-color), var(--st-border-color)) center / 100% 1px no-repeat; }
.span, .dot { position: absolute; top: 50%; background: var(--colour); transition: left 400ms, width 400ms; }
.span { height: 6px; margin-top: -3px; opacity: 0.5; border-radius: 3px; min-width: 2px; }
.dot { width: 10px; height: 10px; margin: -5px 0 0 -5px; border-radius: 50%;
  box-shadow: 0 0 0 2px var(--st-background-color); }
@container (max-width: 640px) {
  .line { gap: 0.15rem 0.6rem; grid-template-columns: 1.2rem 1fr 5rem; }
  .line > .test { grid-area: 2 / 3; } .line > .bar { grid-area: 2 / 2; }
  .board:not(.tested) .bar { grid-column: 2 / 4; }
  .more { grid-area: 3 / 2 / auto / -1; display: flex; flex-wrap: wrap; gap: 0.1rem 0.9rem; font-size: 0.78rem;
    opacity: 0.85; }
  .names .more, .more .value:empty { display: none; }
  .lines .value[data-unit=""]::before { content: attr(data-title) " "; }
  .lines .value::after { content: attr(data-unit); }
}
@media (prefers-reduced-motion: reduce) { .run i, .span, .dot { transition: none; } }
"""

_JS = r"""
const AREAS = ["rank", "who", "validation", "test", "bar", "more"];
const GLIDE = { duration: 550, easing: "cubic-bezier(.2,.8,.2,1)" };

export default function ({ data, parentElement }) {
  const board = parentElement.querySelector(".board"), lines = parentElement.querySelector(".lines");
  board.classList.toggle("tested", data.tested);
  board.style.setProperty("--columns", data.columns.length);
  names(parentElement.querySelector(".names"), data);
  const known = new Map([...lines.children].map((line) => [line.dataset.id, line]));
  const before = new Map([...known].map(([id, line]) => [id, line.getBoundingClientRect().top]));
  const wanted = data.rows.map((row, i) => fill(known.get(row.id) ?? create(row), row, i, data.columns));
  for (const [id, line] of known) if (!wanted.includes(line)) line.remove();
  wanted.forEach((line, i) => { if (lines.children[i] !== line) lines.insertBefore(line, lines.children[i] ?? null); });
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) glide(wanted, before);
}

// First, last, invert, play: each line starts where it was and glides to where it now is.
function glide(lines, before) {
  for (const line of lines) {
    const moved = before.get(line.dataset.id) - line.getBoundingClientRect().top;
    if (!moved) continue;
    line.style.zIndex = moved > 0 ? 1 : 0;
    line.style.position = "relative";
    line.animate([{ transform: `translateY(${moved}px)` }, { transform: "none" }], GLIDE);
  }
}

function names(line, data) {
  const words = { who: data.what, validation: "validation", test: "test" };
  if (!line.children.length) {
    line.append(...AREAS.map((area) => part(area)));
    line.querySelector(".bar").append(...[0, 1, 2].map(() => document.createElement("span")));
  }
  for (const [area, text] of Object.entries(words)) line.querySelector("." + area).textContent = text;
  values(line, data.columns, data.columns.map(({ title }) => title));
  line.querySelectorAll("[role]").forEach((cell) => cell.setAttribute("role", "columnheader"));
  const [low, middle, high] = line.querySelectorAll(".bar span");
  low.textContent = data.axis[0]; middle.textContent = data.bar; high.textContent = data.axis[1];
}

function part(area, tag = "div") {
  const cell = document.createElement(tag);
  cell.className = area;
  if (area !== "more") cell.setAttribute("role", "cell");
  return cell;
}

function values(line, columns, texts) {
  const more = line.querySelector(".more");
  if (more.children.length !== columns.length) more.replaceChildren(...columns.map(() => part("value")));
  columns.forEach(({ title, help, unit }, i) => {
    const cell = more.children[i];
    cell.textContent = texts[i]; cell.title = help; cell.style.gridColumn = 6 + i;
    cell.dataset.title = title; cell.dataset.unit = unit;
  });
}

function create(row) {
  const line = document.createElement("div");
  line.className = "line"; line.dataset.id = row.id; line.setAttribute("role", "row");
  line.append(...AREAS.map((area) => part(area)));
  const [title, name, runs, track] = ["div", "span", "div", "div"].map((tag) => document.createElement(tag));
  title.className = "title"; name.className = "name"; runs.className = "runs"; runs.setAttribute("role", "img");
  title.innerHTML = row.mark;  // drawn by the program; holds no visitor's text
  title.append(name);
  line.querySelector(".who").append(title, runs);
  track.className = "track"; track.setAttribute("role", "img");
  for (const kind of ["span", "dot"]) track.append(Object.assign(document.createElement("i"), { className: kind }));
  line.querySelector(".bar").append(track);
  return line;
}

function fill(line, row, index, columns) {
  const put = (area, text) => { line.querySelector("." + area).textContent = text; };
  line.classList.toggle("first", index === 0 && row.place[0] !== null);
  line.style.setProperty("--colour", row.colour);
  put("rank", row.place[0] === null ? "" : index + 1);
  for (const area of ["validation", "test"]) put(area, row[area]);
  values(line, columns, row.more);
  put("name", row.label);
  track(line.querySelector(".track"), row);
  runs(line.querySelector(".runs"), row.runs);
  return line;
}

function track(track, { place: [middle, low, high], interval }) {
  const [span, dot] = track.children;
  span.hidden = dot.hidden = middle === null;
  track.setAttribute("aria-label", interval || "no interval yet");
  track.title = interval;
  span.style.left = `${100 * low}%`; span.style.width = `${100 * (high - low)}%`; dot.style.left = `${100 * middle}%`;
}

function runs(holder, runs) {
  while (holder.children.length < runs.length) {
    const bar = document.createElement("span");
    bar.className = "run"; bar.append(document.createElement("i")); holder.append(bar);
  }
  while (holder.children.length > runs.length) holder.lastChild.remove();
  const words = runs.map(({ seed, done }) => `seed ${seed}: ${done < 1 ? Math.floor(100 * done) + " %" : "done"}`);
  holder.setAttribute("aria-label", words.join(", "));
  runs.forEach(({ done }, i) => {
    holder.children[i].title = words[i];
    holder.children[i].firstChild.style.width = `${100 * done}%`;
  });
}
"""

_leaderboard = st.components.v2.component("thaw.leaderboard", html=_HTML, css=_CSS, js=_JS)
