"""The start: the one button, what it will cost, and what is still in the way."""

from components import jobs, shell
from components.features import choices
from components.features.choices import Wanted
from components.numbers import about
from components.setup.choices import Choices
from components.setup.preparing import Preparation
from components.setup.start import QUICK_SECONDS, lacking, start_bar
from model_zoo.experiments.job import Lane
from model_zoo.features.spec import FeaturesSpec, estimate


def start(chosen: Choices, wanted: Wanted, prepared: Preparation) -> None:
    """Show the button at the foot of the screen, and queue the job when it is pressed."""
    unticked = "Tick at least one classifier." if chosen.data and not wanted.classifiers else ""
    in_the_way = unticked or lacking(chosen, prepared)
    spec = None if in_the_way else choices.spec(chosen, wanted)
    seconds = _seconds(spec, prepared) if spec else None
    if start_bar("Classify", in_the_way, _told(spec, seconds), prepared, key=choices.HERE) and spec:
        lane: Lane = "quick" if seconds is not None and seconds < QUICK_SECONDS else "device"
        job = jobs.submit("features", spec.to_json(), lane=lane, estimate_seconds=seconds)
        shell.go("features_result", {"id": job})


def _seconds(spec: FeaturesSpec, prepared: Preparation) -> float | None:
    if not (prepared.speed and prepared.split and prepared.portrait):
        return None
    return estimate(spec, prepared.split, len(prepared.portrait["classes"]), prepared.speed)


def _told(spec: FeaturesSpec | None, seconds: float | None) -> str:
    if spec is None:
        return ""
    fits = len(spec.names) * spec.seeds
    how = f"{fits:,} {'fit' if fits == 1 else 'fits'}"
    return f"{how}. How long is not known." if seconds is None else f"<b>{about(seconds)}</b>, {how}"
