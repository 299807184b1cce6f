"""What a finished comparison has left, as the learning curve of one of its strategies reads it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from model_zoo import strategies
from model_zoo.checkpoints import FROZEN
from model_zoo.devices import Setting
from model_zoo.features.embedded import JOB_ID, Embedded
from model_zoo.features.spec import PAIRED_BY, PREDICTIONS
from model_zoo.home import home
from model_zoo.specs import ComparisonSpec


@dataclass(frozen=True)
class Trained:
    """How a comparison trained one strategy: its spec with that strategy alone, its setting, how many side by side.

    `runs` are the strategy's rows, in the order of their seeds; `correct` says for each which test pictures (n,) it
    named right after training on the whole train part.
    """

    comparison: str
    spec: ComparisonSpec
    setting: Setting
    lanes: int
    split: Mapping[str, Any]
    runs: tuple[Mapping[str, Any], ...]
    correct: tuple[np.ndarray, ...]

    @property
    def text(self) -> str:
        return self.spec.strategies[0]

    @property
    def title(self) -> str:
        return strategies.title(self.text)


def trained(comparison: str, strategy: str, job: Embedded) -> Trained:
    """Open a strategy of a finished comparison on the pictures of `job`; raises ValueError with the way out."""
    folder = home("jobs") / comparison if JOB_ID.fullmatch(comparison) else None
    file = folder / "result.json" if folder else None
    result = json.loads(file.read_text()) if file and file.exists() else {}
    if folder is None or "runs" not in result:
        raise ValueError(f"“{comparison[:80]}” is no comparison that has finished. Start one on the compare page.")
    spec = ComparisonSpec.from_json(result["spec"])
    _check(spec, strategy, result, job)
    frozen = json.loads((folder / FROZEN).read_text()) if (folder / FROZEN).exists() else {}
    places = [i for i, row in enumerate(result["runs"]) if row["strategy"] == strategy]
    places.sort(key=lambda i: result["runs"][i]["seed"])
    labels = job.images.labels.numpy()
    try:
        with safe_open(folder / PREDICTIONS, framework="np") as file:
            said = [(file.get_tensor(f"logits.{i}").argmax(1), file.get_tensor(f"test.{i}")) for i in places]
    except (OSError, SafetensorError) as error:
        raise ValueError("The predictions of that comparison are gone or damaged. Run it again.") from error
    return Trained(
        comparison=comparison,
        spec=replace(spec, strategies=(strategy,), most_views=result["views"]),
        setting=Setting(result["precision"], result["memory_format"]),
        lanes=frozen.get("lanes", 1),
        split=result["split"],
        runs=tuple(result["runs"][i] for i in places),
        correct=tuple(named == labels[test] for named, test in said),
    )


def _check(spec: ComparisonSpec, strategy: str, result: Mapping[str, Any], job: Embedded) -> None:
    if strategy not in spec.strategies:
        raise ValueError(f"That comparison trained {', '.join(spec.strategies)}, not “{strategy[:80]}”.")
    other = [name for name in PAIRED_BY if getattr(spec, name) != getattr(job.spec, name)]
    if not other and f"{result['pictures']}.safetensors" != job.result["pictures_file"]:
        other = ["pictures"]
    if other:
        raise ValueError(
            f"That comparison and these embeddings differ in {', '.join(other)}, so their curves cannot be compared. "
            "Race fine-tuning on the same pictures, at the same size, with the same network and seeds."
        )
