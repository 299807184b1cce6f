"""Tell whoever waits for a recipe where it is."""

import time


def tell(report: tuple) -> None:
    """Print what a run reports, with the time."""
    print(time.strftime("%H:%M:%S"), *report, flush=True)
