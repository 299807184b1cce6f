"""Ants and bees through the browser: their ZIP dropped on the page, two strategies raced, the answer read off.

    THAW_DATASETS=… python -m tests.bench.ants_and_bees

A linear probe is to beat training from scratch by fifteen points of test accuracy, at 64 px, in ten epochs.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from model_zoo.experiments.store import Store
from tests.bench.race import write_ants_and_bees
from tests.browser import server
from tests.browser.ending import end_all

POINTS_ASKED, SECONDS_WAITED = 0.15, 900.0
CHOICES = "strategies=from_scratch,linear_probe&epochs=10&seeds=3&size=64"


def main() -> bool:
    """Print both accuracies and what the page says; gives whether the probe is far enough ahead."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["THAW_HOME"] = folder
        os.environ.pop("DATABASE_URL", None)
        pictures = write_ants_and_bees(Path(folder) / "ants and bees")
        archive = Path(shutil.make_archive(str(pictures), "zip", pictures))
        store = Store()
        try:
            with server.dashboard(Path(folder)) as address, sync_playwright() as playwright:
                page = server.launch(playwright).new_page()
                sentence = _race(page, address, archive)
                job = page.url.partition("id=")[2]
            result = json.loads((Path(folder) / "jobs" / job / "result.json").read_text())
        finally:
            end_all(store)
    found = {
        text: np.mean([run["test_accuracy"] for run in result["runs"] if run["strategy"] == text])
        for text in ("linear_probe", "from_scratch")
    }
    lead = found["linear_probe"] - found["from_scratch"]
    print(", ".join(f"{text} {accuracy:.3f}" for text, accuracy in found.items()), end=": ")
    print(f"{100 * lead:.1f} points (asked: {100 * POINTS_ASKED:.0f}). The page says: {sentence}")
    return bool(lead >= POINTS_ASKED)


def _race(page: Page, address: str, archive: Path) -> str:
    page.set_default_timeout(1000 * SECONDS_WAITED)
    page.goto(f"{address}/compare?{CHOICES}")
    page.get_by_role("radio", name="Your own").click()
    page.locator("input[type=file]").first.set_input_files(archive)
    page.get_by_text("397 pictures in 2 classes.").wait_for()
    page.get_by_role("button", name="Start the race").click()
    answer = page.locator(".thaw-answer")
    answer.wait_for()
    return " ".join(answer.inner_text().split())


if __name__ == "__main__":
    sys.exit(not main())
