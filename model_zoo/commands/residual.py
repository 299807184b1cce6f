"""Train towers of several depths, plain and residual, and print where depth hurts as text or JSON."""

import json
from argparse import ArgumentParser, Namespace
from statistics import mean
from typing import Any

from model_zoo.backbones.without_weights import SHORTCUTS
from model_zoo.commands.telling import Teller, finished
from model_zoo.events import Event, RunEnd, Started, drained
from model_zoo.residual import towers
from model_zoo.residual.towers import ResidualSpec

HELP = "train plain and residual networks of several depths, and see which fit"


def add_arguments(parser: ArgumentParser) -> None:
    default = ResidualSpec()
    parser.add_argument("data", nargs="?", default=default.data, help="as for compare; default: digits")
    parser.add_argument("--depth", type=int, action="append", metavar="LAYERS", help="6 n + 2; several times")
    parser.add_argument("--shortcut", action="append", choices=SHORTCUTS, help="several times; none: plain")
    parser.add_argument("--size", type=int, default=default.size, metavar="PX", help="side of the pictures")
    parser.add_argument("--epochs", type=int, default=default.epochs)
    parser.add_argument("--seeds", type=int, default=default.seeds)
    parser.add_argument("--seed", type=int, default=default.seed, help="of the first run")
    parser.add_argument("--device", default=default.device, help="cuda, mps or cpu")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(arguments: Namespace) -> int:
    from model_zoo.data.opening import open_set
    from model_zoo.residual.learning import Learner

    spec = ResidualSpec(
        data=arguments.data,
        size=arguments.size,
        depths=tuple(arguments.depth or ResidualSpec.depths),
        shortcuts=tuple(arguments.shortcut or ResidualSpec.shortcuts),
        epochs=arguments.epochs,
        seeds=arguments.seeds,
        seed=arguments.seed,
        device=arguments.device,
    )
    tell = Teller(_words)
    images = drained(open_set(spec.data, spec.size), tell)
    result = finished(Learner(spec, images).events(), tell)
    print(json.dumps(result, ensure_ascii=False) if arguments.json else _text(result))
    return 0


def _words(event: Event) -> str | None:
    if isinstance(event, Started):
        plan = event.plan
        return f"{plan['split']} {plan['runs']} runs on {plan['device']}, about {plan['seconds']:.0f} s."
    if isinstance(event, RunEnd):
        row = event.row
        ended = "diverged" if row["diverged"] else f"training error {row['train_error']:.1%}"
        return f"{towers.title(row['strategy'])}, rate {row['rate']:g}, seed {row['seed']}: {ended}"
    return None


def _text(result: dict[str, Any]) -> str:
    lines = [result["sentence"], "", f"{'tower':<28}{'rate':>8}{'training error':>16}{'test error':>12}"]
    for text, rate in result["rates"].items():
        rows = [row for row in result["runs"] if (row["strategy"], row["rate"]) == (text, rate) and not row["diverged"]]
        train, test = (mean(row[name] for row in rows) for name in ("train_error", "test_error"))
        lines.append(f"{towers.title(text):<28}{rate:>8g}{train:>15.1%} {test:>11.1%}")
    return "\n".join(lines)
