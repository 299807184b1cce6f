"""A dashboard of its own for tests and for looking at pages: a free port, a home that is thrown away."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

ROOT = Path(__file__).parents[2]
INSTALL = ".venv/bin/playwright install --with-deps chromium"
WIDE, NARROW = (1280, 800), (390, 844)
FITS = "document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth"  # nothing to scroll sideways
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--use-fake-device-for-media-stream",  # a webcam of drawn pictures,
    "--use-fake-ui-for-media-stream",  # which every page may use
)


@contextmanager
def dashboard(
    home: Path, script: str = "streamlit_app.py", *, port: int | None = None, **environment: str
) -> Iterator[str]:
    """Run the dashboard, or another script, with THAW_HOME at `home`; gives its address, ends it afterwards."""
    port = port or _free_port()
    command = [sys.executable, "-m", "streamlit", "run", script, f"--server.port={port}"]
    log = home / "dashboard.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--server.headless=true"],
            cwd=ROOT,
            env=os.environ | {"THAW_HOME": str(home)} | environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(f"http://localhost:{port}", process, log)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)


def find_chromium(playwright: Playwright) -> str | None:
    """Give the path of Chromium: THAW_CHROMIUM, then what the system has, then Playwright's own; None without any."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    candidates = [os.environ.get("THAW_CHROMIUM"), *map(shutil.which, names), playwright.chromium.executable_path]
    return next((path for path in candidates if path and Path(path).exists()), None)


def launch(playwright: Playwright) -> Browser:
    """Start Chromium so that it reaches for nothing but the page; raises FileNotFoundError with the way out."""
    path = find_chromium(playwright)
    if path is None:
        raise FileNotFoundError(f"Browser tests need Chromium. Install it with: {INSTALL}")
    return playwright.chromium.launch(executable_path=path, args=list(_QUIET))


def open_page(browser: Browser, address: str, *, narrow: bool = False, dark: bool = False) -> Page:
    """Open `address` in a fresh session, 1280 or 390 px wide, and wait until it is drawn."""
    page = _visitor(browser).new_page()
    _dress(page, narrow, dark)
    page.goto(address)
    settle(page)
    return page


def looks(page: Page) -> Iterator[str]:
    """Show an open page in each of the four ways it is seen, wide or narrow, light or dark; gives the name of each.

    For the dark it is loaded again: what the server draws follows the theme that a visitor comes with.
    """
    for narrow, dark in ((False, False), (True, False), (True, True), (False, True)):
        _dress(page, narrow, dark)
        if narrow and dark:
            page.reload()
        settle(page)
        yield f"{'narrow' if narrow else 'wide'} and {'dark' if dark else 'light'}"


def _dress(page: Page, narrow: bool, dark: bool) -> None:
    width, height = NARROW if narrow else WIDE
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")


@cache
def _visitor(browser: Browser) -> BrowserContext:
    """Give one visitor, whose browser remembers the files of pages, as everybody's does."""
    return browser.new_context()


def photograph(page: Page) -> None:
    """Take a picture with the webcam that stands open on the page."""
    page.wait_for_function("document.querySelector('[data-testid=stCameraInput] video')?.videoWidth", timeout=30_000)
    page.get_by_role("button", name="Take Photo").click()
    settle(page)


def settle(page: Page, seconds: float = 30) -> None:
    """Wait until the page's script has run and nothing on it has changed for a third of a second."""
    page.wait_for_selector('[data-testid="stMain"] [data-testid="stElementContainer"]', timeout=seconds * 1000)
    page.evaluate("window.thawStill = null")
    page.wait_for_function(_STILL, timeout=seconds * 1000, polling=80)


_STILL = """() => {
  const app = document.querySelector('[data-testid="stApp"]'), now = performance.now();
  const seen = app.innerHTML.length, busy = app.dataset.testScriptState !== "notRunning";
  const still = window.thawStill;
  if (busy || !still || still.seen !== seen) { window.thawStill = { seen, since: now }; return false; }
  return now - still.since > 350 && document.fonts.status === "loaded";
}"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(address: str, process: subprocess.Popen, log: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    raise RuntimeError(f"The dashboard did not start within {seconds:g} s:\n{log.read_text(errors='replace')}")
