"""Pages opened without a browser: jobs are queued for real, and no worker is started to run them."""

from collections.abc import Iterator

import pytest

from components import jobs
from model_zoo.experiments.store import Store


class _NoWorkers:
    def __init__(self, store: Store) -> None:
        """Take what an executor takes."""

    def ensure(self) -> None:
        """Start nothing."""

    def wake(self) -> None:
        """Start nothing."""

    def trouble(self, lane: str) -> str:
        return ""


@pytest.fixture(autouse=True)
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Give the store that the pages of this test use; it lies in the test's own home."""
    monkeypatch.setattr(jobs, "ProcessExecutor", _NoWorkers)
    _forget()
    yield jobs.store()
    _forget()


def _forget() -> None:
    jobs.watcher.clear()  # its thread ends
    jobs.executor.clear()
    jobs.store.clear()
