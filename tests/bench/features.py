"""What the features page promises: quicker than the libraries' defaults on features made anew, and no less accurate.

    THAW_DATASETS=… python -m tests.bench.features

Four things are measured, all on real pictures under the shipped network at 64 px:

- ants and bees, three draws: the command, from files to leaderboard, against a script that makes features anew for
  every classifier and fits each as its library has it;
- the seconds of each classifier on 2,000 pictures of PACS × 512 features, beside its library's defaults;
- ants and bees, 20 stratified resamples: the best classifier against the best fine-tuning strategy, each the best by
  validation, on the same draws, with the interval of their paired difference.

How the defaults of model_zoo/features/pipelines.py were chosen: ants and bees, PACS photos, PACS sketches, digits and
materials, each with 20 pictures of a class to train (not the first) and with three fifths, 200 of a class at most;
resnet_mini, 64 px, 320 values; mean test accuracy of three draws (trees: two), and over the nine problems. What stands
was then measured on five other draws. Seconds are of 2,000 × 512, 14 classes, on one core, shared.

    classifier           ours   library  seconds  library   what was tried (the mean where it was not chosen)
    svm_linear          0.817     0.811     0.33     1.39   scaled to length 1, C 1; C 0.1 0.800, 3 0.811; standardised
                                                            C 1 0.774 and twenty times as long, 0.01 0.809; raw 0.820
                                                            but at the mercy of a backbone's scale
    svm_rbf             0.812     0.793     0.28     0.18   length 1, C 10, gamma 0.5; standardised only 0.811; PCA 64
                                                            0.798; gamma 2 0.801
    xgboost             0.796     0.763     4.42    33.50   100 rounds, depth 3, rate 0.2, a tenth of the values a
                                                            split, 64 bins; stumps 0.807 for 0.811, depth 4 0.804
    logistic_regression 0.821     0.819     0.24     0.56   C 10 / D, 0.823; C 3 / D 0.818, 1 / D 0.804
    knn                 0.766     0.749     0.03     0.01   ten by cosine, by nearness, 0.773; five 0.769, one 0.740,
                                                            20 0.764; whitened by PCA 0.758
    ridge               0.815     0.802     0.07     0.04   alpha D, 0.814; D / 3 0.810, 3 D 0.803
    lda                 0.821     0.703     0.32     0.22   Ledoit–Wolf 0.821; 0.1 0.799, 0.5 0.818, 0.7 0.816
    random_forest       0.799     0.793     7.17     3.91   200 trees; log2 of the values a split 0.803 for 0.805
"""

import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from model_zoo import backbones
from model_zoo.comparison import compare
from model_zoo.data.image_set import ImageSet, empty_given
from model_zoo.data.opening import open_set
from model_zoo.data.splits import split
from model_zoo.data.views import normalise
from model_zoo.devices import Setting
from model_zoo.events import Finished, drained
from model_zoo.features.embedding import Extractor
from model_zoo.features.evaluation import evaluate
from model_zoo.features.fitting import fit
from model_zoo.features.spec import DEFAULTS, FeaturesSpec
from model_zoo.recipes.transfer_sets import Task, read
from model_zoo.specs import ComparisonSpec
from model_zoo.speed import measure
from model_zoo.verdicts import Outcome, decide
from tests.bench.race import _decode, write_ants_and_bees

SIZE, SEEDS, RESAMPLES = 64, 3, 20
RATIO_ASKED, PAGE_SECONDS = 5.0, 20.0
SECONDS_ASKED = {"svm_linear": 2.0, "svm_rbf": 2.0, "logistic_regression": 2.0, "knn": 2.0, "xgboost": 5.0}
TUNING = ("linear_probe", "full:rate=0.1", "freeze_first:k=2", "lp_ft")
CLASSICAL = (*DEFAULTS, "ridge", "lda", "random_forest")
NETWORK = "resnet_mini"


def main() -> bool:
    """Print what was measured; gives whether what was promised holds."""
    folder = write_ants_and_bees(Path(tempfile.mkdtemp()) / "ants_and_bees")
    quick = _page(folder)
    quick = _seconds(Path(os.environ["THAW_DATASETS"])) and quick
    return _against_tuning(folder) and quick


def _page(folder: Path) -> bool:
    """Time the command on a machine that knows nothing, and the engine against the plain script."""
    words = ["features", str(folder), "--size", str(SIZE), "--seeds", str(SEEDS), "--json"]
    words += [word for text in DEFAULTS for word in ("--classifier", text)]
    with tempfile.TemporaryDirectory() as home:
        started, used = time.perf_counter(), os.times()
        subprocess.run(
            [sys.executable, "-m", "model_zoo", *words], check=True, capture_output=True,
            env=os.environ | {"THAW_HOME": home},
        )  # fmt: skip
        command, busy = time.perf_counter() - started, os.times()
    processor = busy.children_user + busy.children_system - used.children_user - used.children_system
    ours, found, images = _engine(folder)
    theirs, accuracies = _plain(folder, images)
    print(f"{'test accuracy, mean of 3 seeds':<34}{'ours':>8}{'libraries':>11}")
    for text in DEFAULTS:
        print(f"{text:<34}{found[text]:>8.3f}{np.mean(accuracies[text]):>11.3f}")
    print(f"the command, trial of the machine included: {command:.1f} s (asked: {PAGE_SECONDS:.0f}), ", end="")
    print(f"{processor:.1f} s of them of a processor")
    print(f"from files to leaderboard {ours:.1f} s; features made anew, libraries' defaults {theirs:.1f} s: ", end="")
    print(f"ratio {theirs / ours:.1f} (asked: {RATIO_ASKED:.0f})", flush=True)
    return command < PAGE_SECONDS and theirs / ours >= RATIO_ASKED


def _engine(folder: Path) -> tuple[float, dict[str, float], ImageSet]:
    """Decode, embed and compare with nothing kept; gives seconds and test accuracies. The machine's trial is over."""
    spec = FeaturesSpec(str(folder), size=SIZE, seeds=SEEDS)
    with tempfile.TemporaryDirectory() as aside, pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_HOME", aside)
        drained(measure(backbones.get(NETWORK), SIZE))
        started = time.perf_counter()
        images = drained(open_set(spec.data, spec.size))
        images = replace(images, pictures=images.pictures.clone())  # its file goes with the folder
        result = next(event.result for event in evaluate(spec, images) if isinstance(event, Finished))
        seconds = time.perf_counter() - started
    accuracies = {line["strategy"].rpartition("@")[0]: line["test_accuracy"] for line in result["ranking"]}
    return seconds, accuracies, images


def _libraries() -> dict[str, Callable[[], Any]]:
    """Give each classifier as its library has it."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC, LinearSVC
    from xgboost import XGBClassifier

    return {
        "svm_linear": LinearSVC,
        "svm_rbf": SVC,
        "xgboost": XGBClassifier,
        "logistic_regression": LogisticRegression,
        "knn": KNeighborsClassifier,
    }


def _plain(folder: Path, images: ImageSet) -> tuple[float, dict[str, list[float]]]:
    """Fit every classifier in every draw on features made for it; gives the seconds and the test accuracies."""
    network = backbones.get(NETWORK).network(2, seed=0)[:-1].eval()
    labels, accuracies = images.labels.numpy(), {text: [] for text in DEFAULTS}
    made, started = _libraries(), time.perf_counter()
    for seed in range(SEEDS):
        parts = split(images, seed)
        for text in DEFAULTS:
            x = _made_anew(network, folder, images)
            model = _fitted(made[text](), x[parts.train], labels[parts.train])
            accuracies[text].append(float((model.predict(x[parts.test]) == labels[parts.test]).mean()))
    return time.perf_counter() - started, accuracies


@torch.no_grad()
def _made_anew(network: torch.nn.Sequential, folder: Path, images: ImageSet) -> np.ndarray:
    row, rows = backbones.get(NETWORK), []
    for batch in torch.arange(len(images)).split(32):
        rows.append(network(normalise(_decode(folder, images, batch, SIZE), row.mean, row.deviation)))
    return torch.cat(rows).numpy()


def _fitted(model: Any, x: np.ndarray, labels: np.ndarray) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of solvers that do not converge
        return model.fit(x, labels)


def _seconds(datasets: Path) -> bool:
    """Time every classifier on 2,000 pictures × 512 features; half as many others test."""
    x, labels = _pacs(datasets)
    train, test = np.arange(2000), np.arange(2000, 3000)
    classes, made, good = int(labels.max()) + 1, _libraries(), True
    print(f"\n2,000 × 512 features, {classes} classes{'seconds':>12}{'libraries':>11}{'accuracy':>10}{'libraries':>11}")
    for text, most in SECONDS_ASKED.items():
        found = drained(fit(text, x[train], labels[train], classes))
        accuracy = float((found.scores(x[test]).argmax(1) == labels[test]).mean())
        started = time.perf_counter()
        model = _fitted(made[text](), x[train], labels[train])
        theirs = time.perf_counter() - started
        beside = float((model.predict(x[test]) == labels[test]).mean())
        print(
            f"{text:<33}{found.seconds:>12.2f}{theirs:>11.2f}{accuracy:>10.3f}{beside:>11.3f}   (asked: {most:.0f} s)"
        )
        good = good and found.seconds < most
    return good


def _pacs(datasets: Path) -> tuple[np.ndarray, np.ndarray]:
    """Give 3,000 photos and sketches, kinds apart, as (3000, 512): the last three stages side by side."""
    found, labels = [], []
    extractor = Extractor(backbones.get(NETWORK), "average", Setting(), torch.device("cpu"), SIZE)
    for number, name in enumerate(("photo", "sketch")):
        images = read(Task(name, name, (f"pacs_{name}.parquet",)), SIZE, datasets)
        stages = extractor(images.pictures, ("stage4", "stage3", "stage2"))
        found.append(np.concatenate([rows.numpy() for rows in stages.values()], axis=1))
        labels.append(images.labels.numpy() + number * len(images.classes))
    x, y = np.concatenate(found), np.concatenate(labels)
    order = np.random.default_rng(0).permutation(len(x))[:3000]
    return x[order][:, :512], y[order]


def _against_tuning(folder: Path) -> bool:
    """Say whether the best classifier is decidedly below the best fine-tuning strategy over resamples."""
    images = drained(open_set(str(folder), SIZE))
    images = replace(images, given=empty_given(len(images)))
    with tempfile.TemporaryDirectory() as kept:
        classical = FeaturesSpec("ants and bees", classifiers=CLASSICAL, size=SIZE, seeds=RESAMPLES)
        mine = _best(evaluate(classical, images, Path(kept) / "features"), Path(kept) / "features", images)
        tuning = ComparisonSpec("ants and bees", strategies=TUNING, epochs=10, seeds=RESAMPLES, size=SIZE)
        tuned = _best(compare(tuning, images, Path(kept) / "compare"), Path(kept) / "compare", images)
    verdict = decide([mine, tuned], redrawn=True)
    (pair,) = verdict.pairs
    sign = 1 if pair.a == mine.strategy else -1
    low, high = sorted((sign * pair.low, sign * pair.high))
    print(f"{mine.strategy} − {tuned.strategy}: {sign * pair.difference:+.3f}, 95 % interval {low:+.3f} to {high:+.3f}")
    below = pair.decided and sign * pair.difference < 0
    print(f"The best classifier is {'' if below else 'not '}decidedly below the best fine-tuning strategy.")
    return not below


def _best(work: Any, folder: Path, images: ImageSet) -> Outcome:
    """Run it, print its ranking, and give the outcome of the first by validation."""
    result = next(event.result for event in work if isinstance(event, Finished))
    print(f"\n{'ants and bees, 20 resamples':<36}{'validation':>11}{'test':>8}   95 % interval")
    for line in result["ranking"]:
        low, high = line["test_accuracy_ci"]
        accuracies = f"{line['validation_accuracy']:>11.3f}{line['test_accuracy']:>8.3f}"
        print(f"{line['strategy']:<36}{accuracies}   {low:.3f} to {high:.3f}", flush=True)
    name = result["ranking"][0]["strategy"]
    rows, kept = result.get("rows") or result["runs"], load_file(folder / "predictions.safetensors")
    mine = [index for index, row in enumerate(rows) if name in (row.get("name"), row.get("strategy"))]
    scores, labels = ("scores" if "rows" in result else "logits"), images.labels.numpy()
    return Outcome(
        strategy=name,
        title=name,
        validation_accuracy=tuple(rows[index]["validation_accuracy"] for index in mine),
        cost=0.0,
        correct=tuple(kept[f"{scores}.{i}"].argmax(1) == labels[kept[f"test.{i}"]] for i in mine),
        test=tuple(kept[f"test.{index}"] for index in mine),
        train_size=result["split"]["train"],
    )


if __name__ == "__main__":
    raise SystemExit(not main())
