"""What a backbone was found to be worth, as Markdown tables that are readable as they stand."""

from collections.abc import Sequence
from typing import Any

from model_zoo.recipes.transfer_sets import TASKS

NAMES = {"pretrained": "pre-trained", "random": "random weights", "pixels": "raw pixels, 32 px"}
TITLES = {task.name: task.title for task in TASKS}
Row = dict[str, Any]


def markdown(result: dict[str, Any]) -> str:
    """Write the figures of one backbone: last stage, fine-tuning, every stage, speed."""
    rows, stages = result["rows"], result["stages"]
    parts = [f"**{result['backbone']}**, mean accuracy and 95 % interval, {result['date']}"]
    parts.append(_table(_last(rows, stages[-1])))
    tuned = [row for row in rows if row["stage"] not in (*stages, "")]
    if tuned:
        parts.append(_table(_fine_tuning(tuned)))
    if any(row["stage"] in stages[:-1] for row in rows):
        parts += ["Probes at every stage, pre-trained / random weights", _table(_every_stage(rows, stages))]
    return "\n\n".join([*parts, _speed(result)])


def _last(rows: Sequence[Row], last: str) -> list[list[str]]:
    table = [["Linear probe", "px", *NAMES.values()]]
    pixels = {row["task"]: row for row in rows if row["weights"] == "pixels"}
    for task, size in _places(row for row in rows if row["stage"] == last):
        found = {r["weights"]: r for r in rows if (r["task"], r["size"], r["stage"]) == (task, size, last)}
        figures = [_figure(found.get(weights, pixels.get(task))) for weights in NAMES]
        table.append([TITLES.get(task, task), str(size), *figures])
    return table


def _fine_tuning(rows: Sequence[Row]) -> list[list[str]]:
    spelling = {row["weights"]: row["stage"] for row in rows}
    table = [["Fine-tuning", "px", *(f"{NAMES[weights]}, `{text}`" for weights, text in spelling.items())]]
    for task, size in _places(rows):
        found = {row["weights"]: row for row in rows if (row["task"], row["size"]) == (task, size)}
        table.append([TITLES.get(task, task), str(size), *(_figure(found.get(weights)) for weights in spelling)])
    return table


def _every_stage(rows: Sequence[Row], stages: Sequence[str]) -> list[list[str]]:
    table = [["Set", "px", *stages]]
    for task, size in _places(row for row in rows if row["stage"] in stages[:-1]):
        means = {(r["stage"], r["weights"]): f"{r['mean']:.3f}" for r in rows if (r["task"], r["size"]) == (task, size)}
        cells = [f"{means.get((s, 'pretrained'), '–')} / {means.get((s, 'random'), '–')}" for s in stages]
        table.append([TITLES.get(task, task), str(size), *cells])
    return table


def _places(rows: Any) -> list[tuple[str, int]]:
    return list(dict.fromkeys((row["task"], row["size"]) for row in rows))


def _figure(row: Row | None) -> str:
    return f"{row['mean']:.3f} ({row['ci'][0]:.2f}–{row['ci'][1]:.2f})" if row else "–"


def _speed(result: dict[str, Any]) -> str:
    each = [
        f"{time:.2f} ms a picture at {size} px ({1000 / time:,.0f} a second, {result['precision'][size]})"
        for size, time in result["milliseconds_a_picture"].items()
    ]
    return f"Forward, batches of {result['batch']}, on {result['device']}: {'; '.join(each)}."


def _table(cells: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])
