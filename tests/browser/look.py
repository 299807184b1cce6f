"""Photograph a page for human eyes: python -m tests.browser.look URL_PATH OUT.png [--dark] [--narrow]."""

import argparse
import tempfile
from contextlib import nullcontext
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.server import dashboard, launch, open_page


def main() -> None:
    arguments = _parser().parse_args()
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        server = nullcontext(arguments.server) if arguments.server else dashboard(Path(home))
        with server as address, launch(playwright) as browser:
            url = f"{address}/{arguments.path.lstrip('/')}"
            page = open_page(browser, url, narrow=arguments.narrow, dark=arguments.dark)
            page.wait_for_timeout(arguments.wait * 1000)
            height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
            page.set_viewport_size({"width": page.viewport_size["width"], "height": max(600, height)})
            page.wait_for_timeout(500)
            page.screenshot(path=arguments.out)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.look", description=__doc__.splitlines()[0])
    parser.add_argument("path", help="such as / or compare?data=materials")
    parser.add_argument("out", help="where the PNG goes; the whole page, however long")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--narrow", action="store_true", help="390 px instead of 1280")
    parser.add_argument("--server", help="address of a running dashboard; without it one is started for the picture")
    parser.add_argument("--wait", type=float, default=1.0, help="seconds to wait after the page has settled")
    return parser


if __name__ == "__main__":
    main()
