"""Fixtures for a file of tests whose pages start jobs: a home and a dashboard of its own, and all of it ended after."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from model_zoo.experiments.store import Store
from tests.browser import server
from tests.browser.ending import end_all


def own_dashboard(name: str, prepare: Callable[[], Any] = lambda: None) -> tuple[Any, Any]:
    """Make the fixtures `home`, a new THAW_HOME, and `address`, of the dashboard there: one each for a whole file.

    `prepare` runs in that home before any page is opened.
    """

    @pytest.fixture(scope="module")
    def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
        folder = tmp_path_factory.mktemp(name)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("THAW_HOME", str(folder))
            patch.delenv("DATABASE_URL", raising=False)
            patch.setenv("OMP_NUM_THREADS", "1")
            prepare()
            yield folder
            end_all(Store())

    @pytest.fixture(scope="module")
    def address(home: Path) -> Iterator[str]:
        with server.dashboard(home) as running:
            yield running

    return home, address
