"""Compare classical classifiers on embeddings, and print the answer as text or JSON."""

import json
from argparse import ArgumentParser, Namespace
from typing import Any, get_args

from model_zoo import backbones
from model_zoo.commands.telling import Teller, finished, opened
from model_zoo.events import Event, RunEnd, Started
from model_zoo.features import classifiers
from model_zoo.features.spec import DEFAULTS, FeaturesSpec, Pooling

HELP = "compare classical classifiers on the embeddings of a picture set"
SHOWN = ("validation_accuracy", "test_accuracy", "test_accuracy_ci", "macro_f1", "fit_seconds", "predict_milliseconds")


def add_arguments(parser: ArgumentParser) -> None:
    default = FeaturesSpec("materials")
    parser.add_argument(
        "data", help="a bundled set (materials, digits), a folder of class folders, or an archive of one"
    )
    parser.add_argument("--backbone", default=default.backbone, metavar="NAME", help=", ".join(backbones.REGISTRY))
    parser.add_argument(
        "--classifier",
        action="append",
        metavar="NAME[:knob=value,…]",
        help=f"may be given several times; {', '.join(classifiers.REGISTRY)}",
    )
    parser.add_argument("--stage", metavar="NAME", help="whose output is embedded; default: the last before the head")
    parser.add_argument("--pooling", default=default.pooling, choices=get_args(Pooling), help="of maps over places")
    parser.add_argument("--size", type=int, metavar="PX", help="side of the pictures; default: what the backbone likes")
    parser.add_argument("--seeds", type=int, default=default.seeds, help="fits of each classifier")
    parser.add_argument("--seed", type=int, default=default.seed, help="of the first fit")
    parser.add_argument("--tune", action="store_true", help="choose a knob of each by cross-validation, as it trains")
    parser.add_argument("--device", default="auto", help="cuda, mps or cpu")
    parser.add_argument("--precision", default="auto", choices=("auto", "bf16", "fp32"))
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(arguments: Namespace) -> int:
    spec = FeaturesSpec(
        data=arguments.data,
        backbone=arguments.backbone,
        stages=() if arguments.stage is None else (arguments.stage,),
        pooling=arguments.pooling,
        classifiers=tuple(arguments.classifier or DEFAULTS),
        size=backbones.get(arguments.backbone).size if arguments.size is None else arguments.size,
        seeds=arguments.seeds,
        seed=arguments.seed,
        tune=arguments.tune,
        precision=arguments.precision,
        device=arguments.device,
    )
    result = _run(spec)
    print(json.dumps(answer(result), ensure_ascii=False) if arguments.json else _text(result))
    return 0


def answer(result: dict[str, Any]) -> dict[str, Any]:
    """Give what --json prints of a result: classifiers best first, each value the mean over draws."""
    (stage,) = result["stages"]
    return {
        "data": result["data"],
        "backbone": result["backbone"],
        "stage": stage["name"],
        "dimensions": stage["dimensions"],
        "embed_seconds": result["embed_seconds"],
        "classifiers": [
            {"name": line["strategy"].rpartition("@")[0], **{key: line[key] for key in SHOWN}}
            for line in result["ranking"]
        ],
    }


def _run(spec: FeaturesSpec) -> dict[str, Any]:
    from model_zoo.features.evaluation import evaluate

    tell = Teller(_words)
    return finished(evaluate(spec, opened(spec.data, spec.size, spec.backbone, True, tell)), tell)


def _words(event: Event) -> str | None:
    if isinstance(event, Started) and "split" in event.plan:
        plan = event.plan
        return f"{plan['split']['sentence']} {plan['runs']} fits on {plan['device']}, about {plan['seconds']:.0f} s."
    if isinstance(event, RunEnd):
        return f"{event.run}: validation accuracy {event.row['validation_accuracy']:.3f}"
    return None


def _text(result: dict[str, Any]) -> str:
    heads = f"{'classifier':<36}{'validation':>12}{'test':>8}   {'95 % interval':<20}{'fit':>9}"
    lines = [result["verdict"]["sentence"], "", heads]
    for line in result["ranking"]:
        low, high = line["test_accuracy_ci"]
        interval = f"{low:.1%} to {high:.1%}"
        lines.append(
            f"{classifiers.title(line['strategy'].rpartition('@')[0]):<36}{line['validation_accuracy']:>11.1%}"
            f"{line['test_accuracy']:>9.1%}   {interval:<20}{line['fit_seconds']:>7.2f} s"
        )
    return "\n".join(lines)
