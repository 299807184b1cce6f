"""Compare fine-tuning strategies, and print the answer as text or JSON."""

import json
from argparse import ArgumentParser, Namespace
from typing import Any

from model_zoo import backbones, strategies
from model_zoo.commands.telling import Teller, finished, opened
from model_zoo.events import EpochEnd, Event, Started
from model_zoo.specs import ComparisonSpec

HELP = "compare fine-tuning strategies on a picture set"
SHOWN = ("data", "backbone", "runs", "ranking", "verdict")  # of the result, with --json


def add_arguments(parser: ArgumentParser) -> None:
    default = ComparisonSpec("materials")
    parser.add_argument(
        "data", help="a bundled set (materials, digits), a folder of class folders, or an archive of one"
    )
    parser.add_argument("--backbone", default=default.backbone, metavar="NAME", help=", ".join(backbones.REGISTRY))
    parser.add_argument(
        "--strategy",
        action="append",
        metavar="NAME[:knob=value,…]",
        help=f"may be given several times; {', '.join(strategies.REGISTRY)}",
    )
    parser.add_argument("--epochs", type=int, default=default.epochs)
    parser.add_argument(
        "--within", type=int, metavar="SECONDS", help="train no longer: as many of the epochs as are estimated to fit"
    )
    parser.add_argument("--seeds", type=int, default=default.seeds, help="runs of each strategy")
    parser.add_argument("--seed", type=int, default=default.seed, help="of the first run")
    parser.add_argument("--size", type=int, metavar="PX", help="side of the pictures; default: what the backbone likes")
    parser.add_argument("--rate", type=float, default=default.rate, help="peak learning rate, the same for all")
    parser.add_argument("--batch", type=int, default=default.batch)
    parser.add_argument("--device", default="auto", help="cuda, mps or cpu")
    parser.add_argument("--precision", default="auto", choices=("auto", "bf16", "fp32"))
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(arguments: Namespace) -> int:
    spec = ComparisonSpec(
        data=arguments.data,
        backbone=arguments.backbone,
        strategies=tuple(arguments.strategy or ComparisonSpec("materials").strategies),
        epochs=arguments.epochs,
        seeds=arguments.seeds,
        seed=arguments.seed,
        size=backbones.get(arguments.backbone).size if arguments.size is None else arguments.size,
        rate=arguments.rate,
        batch=arguments.batch,
        precision=arguments.precision,
        device=arguments.device,
        within_seconds=arguments.within,
    )
    result = _run(spec)
    if arguments.json:
        print(json.dumps({key: result[key] for key in SHOWN}, ensure_ascii=False))
    else:
        print(_text(result))
    return 0


def _run(spec: ComparisonSpec) -> dict[str, Any]:
    from model_zoo.comparison import compare

    tell = Teller(_words)
    return finished(compare(spec, opened(spec.data, spec.size, spec.backbone, spec.pretrained, tell)), tell)


def _words(event: Event) -> str | None:
    if isinstance(event, Started) and "split" in event.plan:
        plan = event.plan
        what = f"Runs × epochs: {plan['runs']} × {plan['epochs']}, in {plan['precision']} on {plan['device']}"
        return f"{plan['split']['sentence']} {what}, about {plan['seconds']:.0f} s."
    if isinstance(event, EpochEnd):
        return f"{event.run} epoch {event.epoch + 1}: validation accuracy {event.validation_accuracy:.3f}"
    return None


def _text(result: dict[str, Any]) -> str:
    lines = [result["verdict"]["sentence"], "", f"{'strategy':<36}{'validation':>12}{'test':>8}   95 % interval"]
    for row in result["ranking"]:
        low, high = row["test_accuracy_ci"]
        lines.append(
            f"{strategies.title(row['strategy']):<36}{row['validation_accuracy']:>11.1%}{row['test_accuracy']:>9.1%}"
            f"   {low:.1%} to {high:.1%}"
        )
    return "\n".join(lines)
