"""A running dashboard and a real browser. A test that fails leaves a picture in tests/browser/pictures."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import server

HERE = Path(__file__).parent
PICTURES = HERE / "pictures"
QUICK, PATIENCE = 5_000, 90_000  # ms
_failed = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    report = yield
    if report.when == "call":
        item.stash[_failed] = report.failed
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium once. Without it tests skip, or fail where CI is set, and name the command that installs it."""
    with sync_playwright() as playwright:
        try:
            browser = server.launch(playwright)
        except FileNotFoundError as missing:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def dashboard_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dashboard")


@pytest.fixture(scope="session")
def address(dashboard_home: Path) -> Iterator[str]:
    """Run one dashboard for all browser tests; gives its address."""
    with server.dashboard(dashboard_home) as running:
        yield running


@pytest.fixture
def visit(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Give `visit(path, narrow=False, dark=False)`: it opens a page in a session of its own and waits for it."""
    opened: list[Page] = []

    def open_page(path: str = "", *, narrow: bool = False, dark: bool = False) -> Page:
        opened.append(server.open_page(browser, f"{address}/{path.lstrip('/')}", narrow=narrow, dark=dark))
        return opened[-1]

    yield open_page
    for number, page in enumerate(opened):
        if request.node.stash.get(_failed, False):
            PICTURES.mkdir(exist_ok=True)
            page.screenshot(path=PICTURES / f"{request.node.name.replace('/', '_')}-{number}.png")
        page.close()


@pytest.fixture(scope="module")
def patient() -> Iterator[None]:
    """Wait longer for what is expected: real jobs run behind these pages, on cores that others may use, too."""
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=QUICK)
