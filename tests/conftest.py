"""What every test has: a home of its own, few threads, and training data where THAW_DATASETS names them."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported; tiny networks gain nothing from more

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[1]
NO_DATASETS = "THAW_DATASETS names no folder of training data, so the tests that need it are skipped."


def pytest_report_header() -> str:
    return NO_DATASETS if _datasets() is None else f"THAW_DATASETS: {_datasets()}"


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("There is no CUDA device.")


@pytest.fixture(autouse=True)
def thaw_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep whatever a test makes out of the real home, and out of other tests'."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("THAW_HOME", str(home))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return home


@pytest.fixture(scope="session")
def datasets() -> Path:
    """Give the folder of training data, or skip by name."""
    folder = _datasets()
    if folder is None:
        pytest.skip(NO_DATASETS)
    return folder


@pytest.fixture
def captioning_weights(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let captioners be loaded from a folder of random weights, and not from those shipped; gives the folder."""
    from model_zoo.rnn import captioning
    from tests.rnn.captioning_weights import write

    folder = tmp_path_factory.mktemp("weights")
    write(folder)
    monkeypatch.setattr(captioning, "WEIGHTS", folder)
    for loaded in (captioning.load, captioning._encoder):
        loaded.cache_clear()
    yield folder
    for loaded in (captioning.load, captioning._encoder):
        loaded.cache_clear()


@pytest.fixture
def open_app() -> Callable[..., AppTest]:
    """Give a function that opens a page by the name of its file, with what its address carries, without a browser."""
    return _open_app


def _open_app(page: str = "home", *, seconds: float = 30, **query: str) -> AppTest:
    from streamlit.util import calc_hash

    app = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=seconds)
    app._page_hash = calc_hash(page)  # AppTest.switch_page knows pages by file only, and ours are functions
    app.query_params.update(query)
    return app.run()


def _datasets() -> Path | None:
    named = os.environ.get("THAW_DATASETS")
    return Path(named).resolve() if named and Path(named).is_dir() else None
