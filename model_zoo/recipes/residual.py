"""Train the towers that the page shows before anybody has trained: `python -m model_zoo.recipes.residual`.

Scikit-learn's digits at 8 px, every depth plain and residual, three depths with the other shortcuts, and one depth over
twice the epochs, so that nothing is called degradation that is only too few steps. What ends is kept in --work, and a
recipe that was stopped goes on. Writes residual.json, the figures, and residual.safetensors, the networks of which
blocks can be cut.
"""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from model_zoo.data.opening import open_set
from model_zoo.events import EpochEnd, Event, Finished, Probed, Progress, drained, from_json, to_json
from model_zoo.home import WEIGHTS
from model_zoo.residual import findings, shipped, towers
from model_zoo.residual.learning import Learner
from model_zoo.residual.towers import DEPTHS, ResidualSpec, read

SPECS = (
    ResidualSpec(depths=DEPTHS, shortcuts=("none", "identity"), seeds=5),
    ResidualSpec(depths=(8, 20, 56), shortcuts=("projection", "scaled")),
)
LONGER = ResidualSpec(depths=(56,), epochs=2 * ResidualSpec.epochs, rates=(0.003, 0.01))
CUT_DEPTH = 20  # whose networks are shipped
LOOKED = (0, 1, 3, 6, 12)  # epochs after which the inside is kept
COMMAND = "python -m model_zoo.recipes.residual"
TERMS = "CC BY 4.0: scikit-learn's digits, from Alpaydin & Kaynak 1998, UCI Machine Learning Repository"


def main() -> None:
    """Train what is missing, then write figures and networks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path("/tmp/thaw-recipes/residual"))
    parser.add_argument("--into", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    results, told = [], []
    for number, spec in enumerate((*SPECS, LONGER)):
        folder = arguments.work / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        events = list(_events(spec, folder))
        results.append(next(event.result for event in reversed(events) if isinstance(event, Finished)))
        told += events if spec in SPECS else []  # runs of LONGER have the names of others
    *results, longer = results
    card = _card(results, told) | {"longer": _longer(longer)}
    (arguments.into / shipped.FIGURES).write_text(json.dumps(card, separators=(",", ":")) + "\n", "utf-8")
    _write_networks(card, arguments.work / "0", arguments.into / shipped.NETWORKS)
    print(card["sentence"])


def _events(spec: ResidualSpec, folder: Path) -> Iterator[Event]:
    """Give what was told before, then what comes now; all but progress is written down."""
    log = folder / "events.jsonl"
    learner = Learner(spec, drained(open_set(spec.data, spec.size)), folder)
    if not learner.rows:  # what stands in the log is of nothing that was kept
        log.unlink(missing_ok=True)
    elif log.exists():
        yield from (from_json(json.loads(line)) for line in log.read_text("utf-8").splitlines())
    with log.open("a", encoding="utf-8") as file:
        for event in learner.events():
            if isinstance(event, Progress):
                continue
            if not isinstance(event, Finished):
                file.write(json.dumps(to_json(event)) + "\n")
                file.flush()
            print(time.strftime("%H:%M:%S"), type(event).__name__, getattr(event, "run", ""), flush=True)
            yield event


def _card(results: list[dict[str, Any]], told: list[Event]) -> dict[str, Any]:
    rates: dict[str, float] = {text: rate for result in results for text, rate in result["rates"].items()}
    rows = [row for result in results for row in result["runs"]]
    counted = towers.counted(rows, rates)
    names = {row["run"] for row in counted}
    found = findings.differences(counted, results[0]["train"])
    epochs = {(e.run, e.epoch): e for e in told if isinstance(e, EpochEnd) and e.run in names}
    first = {row["run"] for row in counted if row["seed"] == SPECS[0].seed}
    probes = {(e.run, e.epoch): e for e in told if isinstance(e, Probed) and e.run in first and e.epoch in LOOKED}
    kept = ("classes", "origin", "split", "train", "device")
    return {name: results[0][name] for name in kept} | {
        "command": COMMAND,
        "terms": TERMS,
        "minutes": round(sum(row["seconds"] for row in rows) / 60),
        "specs": [result["spec"] for result in results],
        "runs": [_short(row) for row in rows],
        "rates": rates,
        "differences": findings.to_json(found),
        "sentence": findings.sentence(found, findings.lost([text for spec in SPECS for text in spec.towers], counted)),
        "cuts": {text: _short(cut) for result in results for text, cut in result["cuts"].items()},
        "epochs": [_short(to_json(event)) for event in epochs.values()],
        "inside": [_short(to_json(event)) for event in probes.values()],
    }


def _longer(result: dict[str, Any]) -> dict[str, Any]:
    """Give the training errors of every tower of LONGER."""
    counted = towers.counted(result["runs"], result["rates"])
    errors: dict[str, list[float]] = {}
    for row in (row for row in counted if not row["diverged"]):
        errors.setdefault(row["strategy"], []).append(row["train_error"])
    return {"epochs": LONGER.epochs, "rates": list(LONGER.rates), "errors": _short(errors)}


def _short(value: Any) -> Any:
    """Round to four digits, which is more than anybody can see."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {name: _short(each) for name, each in value.items()}
    return [_short(each) for each in value] if isinstance(value, list) else value


def _write_networks(card: dict[str, Any], folder: Path, into: Path) -> None:
    """Write the first run of each kind at CUT_DEPTH in half precision, `TOWER/parameter`."""
    tensors: dict[str, Tensor] = {}
    for row in card["runs"]:
        depth, shortcut = read(row["strategy"])
        counts = card["rates"].get(row["strategy"]) == row["rate"] and row["seed"] == SPECS[0].seed
        if depth == CUT_DEPTH and shortcut in SPECS[0].shortcuts and counts:
            state = load_file(folder / row["file"])
            named = {f"{row['strategy']}/{name}": value for name, value in state.items()}
            tensors |= {name: value.half() if value.is_floating_point() else value for name, value in named.items()}
    save_file(tensors, into)


if __name__ == "__main__":
    main()
