"""What the runs say: does a tower fit its training pictures worse than a shallower one of its own kind?

Errors are compared seed by seed: the same seed means the same split and the same order. The interval is Student's, of
the paired differences; Holm's procedure shares out the level over the depths of a kind. A spread is never taken to be
less than one picture, or equal errors would mean certainty.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from statistics import mean, stdev
from typing import Any

from model_zoo.residual.towers import KINDS, read

LEVEL = 0.95


@dataclass(frozen=True)
class Difference:
    """Training error of `depth` layers minus that of `against` layers of the same kind: mean, 95 % interval, verdict.

    `gains` is the mean share of its loss that the deeper tower still lost in the last quarter of the budget.
    """

    shortcut: str
    depth: int
    against: int
    error: float
    error_against: float
    difference: float
    low: float
    high: float
    decided: bool
    gains: float


def differences(rows: Sequence[Mapping[str, Any]], train: int) -> list[Difference]:
    """Compare every depth with the shallowest of its kind; `rows` are the counted runs, `train` their pictures.

    Kinds with fewer than two seeds or two depths in common say nothing.
    """
    found: list[Difference] = []
    for shortcut in KINDS:
        by_depth: dict[int, dict[int, Mapping[str, Any]]] = {}
        for row in rows:
            depth, kind = read(row["strategy"])
            if kind == shortcut and not row["diverged"]:
                by_depth.setdefault(depth, {})[row["seed"]] = row
        found += _of_kind(shortcut, by_depth, train)
    return found


def sentence(found: Sequence[Difference], diverged: Sequence[str] = ()) -> str:
    """Say in words where depth hurts, and where it does not."""
    kinds = {shortcut: [each for each in found if each.shortcut == shortcut] for shortcut in KINDS}
    told = [_told(shortcut, of_kind) for shortcut, of_kind in kinds.items() if of_kind]
    if diverged:
        told.append(f"{', '.join(diverged)}: the loss left all bounds at every rate, so {_they(diverged)} not counted.")
    return " ".join(told) or "One seed or one depth says nothing that can be trusted: take two of each at least."


def to_json(found: Sequence[Difference]) -> list[dict[str, Any]]:
    return [asdict(each) for each in found]


def from_json(found: Sequence[Mapping[str, Any]]) -> list[Difference]:
    return [Difference(**each) for each in found]


def _of_kind(shortcut: str, by_depth: Mapping[int, Mapping[int, Mapping[str, Any]]], train: int) -> list[Difference]:
    from scipy.stats import t

    if len(by_depth) < 2:
        return []
    shallow, *deeper = sorted(by_depth)
    tried = []
    for depth in deeper:
        seeds = sorted(by_depth[depth].keys() & by_depth[shallow].keys())
        if len(seeds) < 2:
            continue
        pairs = [(by_depth[depth][seed]["train_error"], by_depth[shallow][seed]["train_error"]) for seed in seeds]
        differ = [a - b for a, b in pairs]
        spread = max(stdev(differ), 1 / train) / sqrt(len(seeds))
        half = float(t.ppf((1 + LEVEL) / 2, len(seeds) - 1)) * spread
        p = 2 * float(t.sf(abs(mean(differ)) / spread, len(seeds) - 1))
        gains = mean(by_depth[depth][seed]["late_gain"] for seed in seeds)
        errors = [mean(column) for column in zip(*pairs, strict=True)]
        tried.append((p, depth, errors, mean(differ), half, gains))
    decided, level = set(), 1 - LEVEL
    for done, (p, depth, *_) in enumerate(sorted(tried, key=lambda each: each[0])):
        if p > level / (len(tried) - done):
            break
        decided.add(depth)
    return [
        Difference(shortcut, depth, shallow, *errors, middle, middle - half, middle + half, depth in decided, gains)
        for _, depth, errors, middle, half, gains in tried
    ]


def _told(shortcut: str, of_kind: Sequence[Difference]) -> str:
    worse = [each for each in of_kind if each.decided and each.difference > 0]
    name = KINDS[shortcut]
    if worse:
        first = worse[0]
        also = f", and with {_listed([each.depth for each in worse[1:]])}" if worse[1:] else ""
        return (
            f"{name} networks fit worse from {first.depth} layers on: training error {_percent(first.error)}, "
            f"against {_percent(first.error_against)} with {first.against} layers{also}."
        )
    deepest = of_kind[-1]
    if deepest.decided:
        return (
            f"{name} networks fit better with depth: training error {_percent(deepest.error)} with {deepest.depth} "
            f"layers, {_percent(deepest.error_against)} with {deepest.against}."
        )
    if all(not each.decided for each in of_kind):
        return (
            f"{name} networks fit with {deepest.depth} layers as with {deepest.against}: no difference you can trust "
            f"(training error {_percent(deepest.error)} and {_percent(deepest.error_against)})."
        )
    return f"{name} networks: no depth fits clearly worse than {deepest.against} layers."


def _percent(error: float) -> str:
    return f"{100 * error:.1f} %"


def _listed(depths: Sequence[int]) -> str:
    return " and ".join(filter(None, (", ".join(map(str, depths[:-1])), str(depths[-1]))))


def _they(names: Sequence[str]) -> str:
    return "it is" if len(names) == 1 else "they are"
