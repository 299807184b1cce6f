"""Keep it: data as CSV, a chart as PNG, both from small buttons that do not run the page again."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write rows as CSV, one column for every key in order of appearance.

    Texts that a spreadsheet would run as formulas get an apostrophe in front (OWASP, CSV injection).
    """
    columns = list(dict.fromkeys(key for row in rows for key in row))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([_harmless(column) for column in columns])
    writer.writerows([[_harmless(row.get(column, "")) for column in columns] for row in rows])
    return stream.getvalue()


def save(rows: Sequence[Mapping[str, Any]], *, name: str, key: str, frame: str | None = None) -> None:
    """Offer `rows` as NAME.csv; with `frame`, the key of the container around a Plotly chart, also NAME.png."""
    _save(key=key, data={"csv": csv_text(rows), "name": name, "frame": frame and class_of(frame)})


def class_of(key: str) -> str:
    """Give the CSS class that Streamlit makes of an element's key."""
    return "st-key-" + "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "-" for c in key)


def _harmless(value: Any) -> Any:
    dangerous = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if dangerous else "" if value is None else value


_HTML = """<div class="save"><button type="button" class="png">PNG</button><button type="button">CSV</button></div>"""

_CSS = """
.save { display: flex; justify-content: flex-end; gap: 0.25rem; font-family: var(--st-font); }
button { font: inherit; font-size: 0.78rem; color: var(--st-text-color); background: none; border: 0; cursor: pointer;
  padding: 0.15rem 0.5rem; border-radius: var(--st-button-radius); text-decoration: underline;
  text-underline-offset: 0.2em; text-decoration-color: var(--st-border-color); }
button:hover { background: var(--st-secondary-background-color); }
button:focus-visible { outline: 2px solid var(--st-text-color); }
"""

_JS = r"""
export default function ({ data, parentElement }) {
  const [png, csv] = parentElement.querySelectorAll("button");
  png.hidden = !data.frame;
  png.setAttribute("aria-label", `Save ${data.name} as PNG`);
  csv.setAttribute("aria-label", `Save the data of ${data.name} as CSV`);
  // The chart's own camera button does the work; it shows on hover only, this one always and to the keyboard.
  png.onclick = () => document.querySelector(`.${data.frame} .modebar-btn[data-title*="png" i]`)?.dispatchEvent(
    new MouseEvent("click", { bubbles: true }));
  csv.onclick = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", data.csv], { type: "text/csv;charset=utf-8" }));
    link.download = `${data.name}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
}
"""

_save = st.components.v2.component("thaw.save", html=_HTML, css=_CSS, js=_JS)
