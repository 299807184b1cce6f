"""Fitted pipelines as skops files, which hold no code: each is read back and asked again before it is offered."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from model_zoo.features.fitting import Fitted

TOLERANCE = 1e-5  # of scores, between what is kept and what was fitted
TRUSTED = (  # types that skops does not know by itself and that our pipelines are made of; nothing else is loaded
    "sklearn.tree._tree.Tree",  # arrays of nodes
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
)


def export(
    fitted: Fitted, folder: Path, place: str, about: dict[str, Any], x: np.ndarray, scores: np.ndarray
) -> dict[str, Any]:
    """Write the pipeline to folder/place and read it back; gives the row's `export`.

    Its `trusts` are the types beside scikit-learn's own that a reader has to allow.
    Offered is only what gives the same labels for embeddings x (n, D), and `scores` (n, classes) within TOLERANCE.
    """
    import skops.io

    file = folder / place
    file.parent.mkdir(parents=True, exist_ok=True)
    skops.io.dump(fitted.pipeline, file)
    (file.parent / "about.json").write_text(json.dumps(about, ensure_ascii=False))
    needed = set(skops.io.get_untrusted_types(file=file))
    if strange := needed - set(TRUSTED):
        file.unlink()
        return {"sentence": f"Not offered: it holds {', '.join(sorted(strange))}, which no reader should trust."}
    again = _scores_again(fitted, file, x)
    off = float(np.abs(again - scores).max())
    if off > TOLERANCE or (again.argmax(1) != scores.argmax(1)).any():
        file.unlink()
        return {"sentence": f"Not offered: read back, it gives scores that are off by {off:.1g}."}
    return {"file": place, "agrees": len(x), "bytes": file.stat().st_size, "trusts": sorted(needed)}


def load(file: Path) -> Any:
    """Read a pipeline that `export` wrote; only TRUSTED types and scikit-learn's own are made."""
    import skops.io

    return skops.io.load(file, trusted=list(TRUSTED))


def _scores_again(fitted: Fitted, file: Path, x: np.ndarray) -> np.ndarray:
    return replace(fitted, pipeline=load(file)).scores(x)
