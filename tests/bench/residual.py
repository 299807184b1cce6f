"""Measure the default towers: how long they take against what the page tells before, and what they find.

python -m tests.bench.residual
"""

import time

from model_zoo.data.opening import open_set
from model_zoo.events import Finished, drained
from model_zoo.residual import findings, towers
from model_zoo.residual.learning import Learner
from model_zoo.residual.towers import ResidualSpec

MOST_SECONDS, MOST_OFF = 600, 0.5


def main() -> bool:
    """Train the page's defaults; gives whether depth is found to hurt plain towers only, within ten minutes."""
    spec = ResidualSpec()
    images = drained(open_set(spec.data, spec.size))
    learner = Learner(spec, images)
    told = learner.work.seconds(learner.cores)
    began = time.perf_counter()
    *_, last = learner.events()
    taken = time.perf_counter() - began
    assert isinstance(last, Finished)
    print(f"told {told:.0f} s, took {taken:.0f} s (wanted: {MOST_SECONDS} s at most)")
    found = findings.from_json(last.result["differences"])
    for each in found:
        print(
            f"{towers.KINDS[each.shortcut]:9} {each.depth:3} against {each.against}: {each.error:.3f} against "
            f"{each.error_against:.3f}, {each.low:+.3f} to {each.high:+.3f}{', worse' if each.worse else ''}"
        )
    depths = {kind: {each.depth for each in found if each.shortcut == kind and each.worse} for kind in spec.shortcuts}
    return taken < MOST_SECONDS and abs(taken / told - 1) < MOST_OFF and bool(depths["none"] - depths["identity"])


if __name__ == "__main__":
    raise SystemExit(not main())
