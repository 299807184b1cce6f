"""Ends what a dashboard of a test has started and what, by design, outlives it: workers and the inference process."""

import os
import signal
from contextlib import suppress

from components.inference import Inference
from model_zoo.experiments import leases
from model_zoo.experiments.leases import Lease
from model_zoo.experiments.store import Store


def workers(store: Store) -> list[Lease]:
    """Give the leases of the workers that live."""
    found = (leases.find(store.engine, lane) for lane in ("io", "device"))
    return [lease for lease in found if lease and lease.is_alive]


def end_all(store: Store) -> None:
    """End the workers and the inference process of THAW_HOME, once no dashboard is there to start them again."""
    for lease in workers(store):
        leases.end_worker(lease)
    if found := Inference().health():
        with suppress(ProcessLookupError):
            os.kill(found["pid"], signal.SIGTERM)
    store.engine.dispose()
