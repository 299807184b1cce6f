"""Do estimates hold? Every preset of the compare page, told before it starts and timed while it runs.

    python -m tests.bench.presets [NAME …]

On the pictures and the budget that the page opens with, in a home that is thrown away, by a worker as the page starts
it. Time counts from the queueing of a comparison until it has finished.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence

import psutil

from components.setup.choices import FIRST_MATERIALS, Choices
from components.setup.presets import PRESETS, Preset
from model_zoo.estimates import SHARE_FOR_CACHE, SplitSizes, estimate, fitted, remembered
from model_zoo.experiments.executor import ProcessExecutor
from model_zoo.experiments.job import KINDS, Job
from model_zoo.experiments.store import Store
from model_zoo.specs import ComparisonSpec
from tests.browser.ending import end_all

SHARE_ALLOWED, SECONDS_ALLOWED = 0.3, 5.0  # off by more than both breaks the promise


def main(words: Sequence[str] | None = None) -> bool:
    """Print what each preset was told to take, and took; gives whether all estimates hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="presets; all, if none is named")
    names = parser.parse_args(words).names
    with tempfile.TemporaryDirectory() as folder:
        os.environ["THAW_HOME"] = folder
        os.environ.pop("DATABASE_URL", None)
        store = Store()
        try:
            portrait = _prepared(store)
            print(f"{'preset':<14}{'told':>8}{'took':>8}{'off':>8}")
            return all([_holds(store, row, portrait) for row in PRESETS if not names or row.name in names])
        finally:
            end_all(store)


def _prepared(store: Store) -> dict:
    """Decode the pictures and time the network, as the page does before anybody presses start."""
    spec = Choices(data=FIRST_MATERIALS).spec()
    asked = {"backbone": spec.backbone, "size": spec.size, "device": spec.device, "precision": spec.precision}
    _done(store, "trial", asked)
    return _done(store, "pictures", {"data": spec.data, "size": spec.size, "seed": spec.seed})[0].result


def _holds(store: Store, preset: Preset, portrait: dict) -> bool:
    spec = Choices(data=FIRST_MATERIALS, strategies=preset.strategies).spec()
    told = _told(spec, portrait)
    _, took = _done(store, "compare", spec.to_json())
    print(f"{preset.name:<14}{told:>6.0f} s{took:>6.0f} s{took / told - 1:>+8.0%}", flush=True)
    return abs(took - told) <= max(SECONDS_ALLOWED, SHARE_ALLOWED * took)


def _told(spec: ComparisonSpec, portrait: dict) -> float:
    sizes = portrait["split"]
    split = SplitSizes(sizes["train"], sizes["validation"], sizes["test"], sizes["redrawn"])
    speed = remembered(spec)
    room = SHARE_FOR_CACHE * psutil.virtual_memory().available
    return estimate(fitted(spec, split, speed, room), split, len(portrait["classes"]), speed).seconds


def _done(store: Store, kind: str, spec: dict) -> tuple[Job, float]:
    """Queue a job and wait for its end; gives it with the seconds it took."""
    started, executor = time.perf_counter(), ProcessExecutor(store)
    id = store.enqueue(kind, spec, lane=KINDS[kind].LANE)
    while not (job := store.job(id, None)).is_over:
        executor.ensure()
        time.sleep(0.1)
    if job.state != "finished":
        raise RuntimeError(f"{kind} ended as {job.state}: {job.sentence}")
    return job, time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(not main())
