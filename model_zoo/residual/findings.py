"""What the runs say: does a tower fit its training pictures worse than a shallower one of its own kind?

Errors are compared seed by seed: the same seed means the same split and the same order. The interval is Student's, of
the paired differences; Holm's procedure shares out the level over the depths of a kind. A spread is never taken to be
less than one picture, or equal errors would mean certainty.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import sqrt
from statistics import mean, stdev
from typing import Any

from model_zoo.residual.towers import KINDS, read, title

LEVEL = 0.95
LATE = 0.25  # of its loss: a tower that lost more in the last quarter of the budget may only need more steps


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

    @property
    def worse(self) -> bool:
        """Whether the deeper tower is decidedly worse."""
        return self.decided and self.difference > 0


def differences(rows: Sequence[Mapping[str, Any]], train: int) -> list[Difference]:
    """Compare every depth with the shallowest of its kind; `rows` are the counted runs, `train` their pictures.

    Runs that diverged are left out. Kinds with fewer than two seeds or two depths in common say nothing.
    """
    found: list[Difference] = []
    for shortcut in KINDS:
        by_depth: dict[int, dict[int, Mapping[str, Any]]] = {}
        for row in rows:
            depth, kind = read(row["strategy"])
            if kind == shortcut and not row["diverged"]:
                by_depth.setdefault(depth, {})[row["seed"]] = row
        found += _decided(_of_kind(shortcut, by_depth, train))
    return found


def lost(asked: Iterable[str], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say of each tower that was `asked` for how many of its counted runs diverged, where any did."""
    said = []
    for text in asked:
        mine = [row for row in rows if row["strategy"] == text]
        gone = sum(row["diverged"] for row in mine)
        if not mine:
            said.append(f"{title(text)}: the loss left all bounds at every rate, so it is not counted.")
        elif gone:
            said.append(f"{title(text)}: the loss left all bounds in {gone} of {len(mine)} runs; the others count.")
    return said


def sentence(found: Sequence[Difference], lost: Sequence[str] = ()) -> str:
    """Say where depth hurts and where it does not, a line a kind; `lost` are sentences on runs that diverged."""
    kinds = {shortcut: [each for each in found if each.shortcut == shortcut] for shortcut in KINDS}
    told = [_told(KINDS[shortcut], of_kind) for shortcut, of_kind in kinds.items() if of_kind]
    if not told and not lost:
        told = ["One seed or one depth says nothing that can be trusted: take two of each at least."]
    return "\n".join([*told, *lost])


def to_json(found: Sequence[Difference]) -> list[dict[str, Any]]:
    return [asdict(each) for each in found]


def from_json(found: Sequence[Mapping[str, Any]]) -> list[Difference]:
    return [Difference(**each) for each in found]


def _of_kind(
    shortcut: str, by_depth: Mapping[int, Mapping[int, Mapping[str, Any]]], train: int
) -> list[tuple[float, Difference]]:
    """Give the p-value and the difference of every depth to the shallowest; nothing is decided yet."""
    tried = []
    for depth in sorted(by_depth)[1:]:
        against = min(by_depth)
        seeds = sorted(by_depth[depth].keys() & by_depth[against].keys())
        if len(seeds) < 2:
            continue
        deep, shallow = ([by_depth[of][seed]["train_error"] for seed in seeds] for of in (depth, against))
        p, low, high = _paired([a - b for a, b in zip(deep, shallow, strict=True)], 1 / train)
        gains = mean(by_depth[depth][seed]["late_gain"] for seed in seeds)
        middle = mean(deep) - mean(shallow)
        told = Difference(shortcut, depth, against, mean(deep), mean(shallow), middle, low, high, False, gains)
        tried.append((p, told))
    return tried


def _paired(differ: Sequence[float], least: float) -> tuple[float, float, float]:
    """Give the p-value of a mean difference, and its interval; `least` is what a spread is at least."""
    from scipy.stats import t

    spread = max(stdev(differ), least) / sqrt(len(differ))
    half = float(t.ppf((1 + LEVEL) / 2, len(differ) - 1)) * spread
    return 2 * float(t.sf(abs(mean(differ)) / spread, len(differ) - 1)), mean(differ) - half, mean(differ) + half


def _decided(tried: Sequence[tuple[float, Difference]]) -> list[Difference]:
    """Decide from the clearest on, each at the level left for those that remain (Holm 1979)."""
    clear: set[int] = set()
    for done, (p, each) in enumerate(sorted(tried, key=lambda pair: pair[0])):
        if p > (1 - LEVEL) / (len(tried) - done):
            break
        clear.add(each.depth)
    return [replace(each, decided=each.depth in clear) for _, each in tried]


def _told(name: str, of_kind: Sequence[Difference]) -> str:
    worse = [each for each in of_kind if each.worse]
    if worse:
        errors = listed([_percent(each.error) for each in worse])
        return (
            f"{name} networks fit worse with {listed([each.depth for each in worse])} layers than with "
            f"{worse[0].against}: training error {errors}, against {_percent(worse[0].error_against)}.{_late(worse)}"
        )
    deepest = of_kind[-1]
    errors = f"training error {_percent(deepest.error)}, against {_percent(deepest.error_against)}"
    if deepest.decided:
        return f"{name} networks fit better with {deepest.depth} layers than with {deepest.against}: {errors}."
    return (
        f"{name} networks: between {deepest.depth} and {deepest.against} layers there is no difference you can trust "
        f"({errors})."
    )


def _late(worse: Sequence[Difference]) -> str:
    """Warn of towers that might only need more steps."""
    still = [each for each in worse if each.gains > LATE]
    if not still:
        return ""
    most = max(each.gains for each in still)
    return (
        f" With {listed([each.depth for each in still])} layers the loss still fell by up to {100 * most:.0f} % in the "
        "last quarter: more epochs may change that."
    )


def _percent(error: float) -> str:
    return f"{100 * error:.1f} %"


def listed(things: Sequence[Any]) -> str:
    """Write a list for people: “8, 14 and 20”."""
    *some, last = map(str, things)
    return f"{', '.join(some)} and {last}" if some else last
