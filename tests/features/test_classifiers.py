"""A contract over all classifiers: each row's pipeline learns, repeats itself, and gives scores that name classes."""

from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from model_zoo.events import Note, Progress, drained
from model_zoo.features import fitting
from model_zoo.features.classifiers import FOLDS, REGISTRY, ROWS, get
from model_zoo.features.fitting import Fitted, fit
from model_zoo.features.pipelines import cores
from model_zoo.features.scores import best_temperature, calibration_error, log_loss, probabilities
from model_zoo.knobs import knobs, spell

LEARNERS = [row for row in ROWS if row.name != "majority"]


def clouds(classes: int, count: int = 90, dimensions: int = 20, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw embeddings of well separated classes, one dimension of them constant."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    x = generator.normal(size=(count, dimensions)) + 3 * (np.arange(dimensions) % classes == labels[:, None])
    x[:, 0] = 7.0
    return x.astype(np.float32), labels


def fitted(text: str, classes: int = 3, **changes) -> Fitted:
    return drained(fit(text, *clouds(classes), classes, **changes))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_says_what_it_is_and_what_a_fit_takes(row) -> None:
    assert row.title
    assert row.reference
    assert row.summary.endswith(".")
    options = row.options()
    assert row.seconds(options, 2000, 512, 10) >= row.seconds(options, 200, 512, 2) > 0
    assert all(knob.help.endswith(".") for knob in knobs(row.options))
    assert not row.ladder or row.tuned in {knob.name for knob in knobs(row.options)}
    for candidate in row.candidates(options):
        assert get(spell(row.name, candidate)) == (row, candidate), "every candidate can be spelled"


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("row", LEARNERS, ids=lambda row: row.name)
def test_a_classifier_tells_clouds_apart_and_its_scores_name_what_it_names(row, classes: int) -> None:
    x, labels = clouds(classes, seed=1)
    found = fitted(row.name, classes)
    scores = found.scores(x)
    assert scores.shape == (90, classes)
    assert (scores.argmax(1) == labels).mean() > 0.9
    assert (scores.argmax(1) == found.pipeline.predict(x)).all()
    if row.scores == "probability":
        assert np.allclose(scores.sum(1), 1.0, atol=1e-5)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_same_seed_gives_the_same_scores(row) -> None:
    x, _ = clouds(3, seed=1)
    assert np.array_equal(fitted(row.name, seed=5).scores(x), fitted(row.name, seed=5).scores(x))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_class_without_training_pictures_is_never_named(row) -> None:
    x, labels = clouds(3)
    found = drained(fit(row.name, x[labels != 1], labels[labels != 1], 3))
    scores = found.scores(x)
    assert scores.shape == (90, 3)
    assert set(scores.argmax(1)) <= {0, 2}
    assert probabilities(scores, row.scores)[:, 1].max() == 0.0


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_constant_dimension_counts_for_nothing(row) -> None:
    x, _ = clouds(3, seed=1)
    other = x.copy()
    other[:, 0] = -1e6
    found = fitted(row.name)
    assert np.array_equal(found.scores(x), found.scores(other))


def test_nothing_to_tell_apart_is_said() -> None:
    x, labels = clouds(3)
    with pytest.raises(ValueError, match="All training pictures are of one class"):
        drained(fit("knn", x, np.zeros_like(labels), 3))
    with pytest.raises(ValueError, match="All training pictures have the same embedding. Take a later stage"):
        drained(fit("majority", np.ones_like(x), labels, 3))


@pytest.mark.parametrize("row", [row for row in ROWS if row.ladder], ids=lambda row: row.name)
def test_tuning_chooses_from_the_ladder_and_tells_how_far_it_is(row) -> None:
    x, labels = clouds(2, count=40)
    events: list = []
    found = drained(fit(row.name, x, labels, 2, tune=True), events.append)
    assert found.chosen == {row.tuned: getattr(found.options, row.tuned)}
    assert found.options in row.candidates(row.options())
    shares = [event.done for event in events if isinstance(event, Progress)]
    assert len(shares) == FOLDS * len(row.candidates(row.options()))
    assert shares == sorted(shares)


def test_tuning_finds_the_knob_that_suits_and_prefers_the_simpler_model() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(200, 2)).astype(np.float32)
    apart = (x[:, 0] > 0).astype(int)
    noisy = np.where(generator.random(200) < 0.3, 1 - apart, apart)
    assert drained(fit("knn", x, noisy, 2, tune=True)).chosen["neighbours"] > 1, "one neighbour believes the noise"
    far = np.where(apart[:, None], x + 100, x).astype(np.float32)
    assert drained(fit("knn", far, apart, 2, tune=True)).chosen == {"neighbours": get("knn")[0].ladder[0]}


def test_fewer_pictures_than_folds_make_fewer_folds_and_one_picture_makes_no_tuning() -> None:
    x, labels = clouds(2, count=40)
    for count, sentence in ((3, "tuning has 3 folds instead of 5"), (1, "nothing was tuned: defaults stand")):
        few = np.concatenate([np.flatnonzero(labels == 0), np.flatnonzero(labels == 1)[:count]])
        events: list = []
        found = drained(fit("ridge", x[few], labels[few], 2, tune=True), events.append)
        assert any(sentence in event.sentence for event in events if isinstance(event, Note))
        assert found.scores(x).shape == (40, 2)
    assert found.options == get("ridge")[1]


def test_a_solver_that_does_not_settle_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn.linear_model import LogisticRegression

    row, _ = get("logistic_regression")
    hasty = replace(row, steps=lambda options, problem: [LogisticRegression(C=1e6, max_iter=1)])
    monkeypatch.setitem(REGISTRY, row.name, hasty)
    events: list = []
    drained(fit(row.name, *clouds(3), 3), events.append)
    assert [event for event in events if isinstance(event, Note) and "stopped before it had settled" in event.sentence]


def test_no_more_cores_are_taken_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert cores() == 1
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert cores() >= 1


def test_a_short_fit_takes_one_thread_and_gives_the_others_back(monkeypatch: pytest.MonkeyPatch) -> None:
    row, _ = get("ridge")
    seen = []

    def steps(options, problem) -> list:
        pools = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
        seen.append((problem.threads, max(pools)))
        return row.steps(options, problem)

    monkeypatch.setattr(fitting, "cores", lambda: 2)
    with threadpool_limits(2):
        monkeypatch.setitem(REGISTRY, row.name, replace(row, steps=steps))
        drained(fit(row.name, *clouds(3), 3))
        monkeypatch.setitem(REGISTRY, row.name, replace(row, steps=steps, seconds=lambda *_: 60.0))
        drained(fit(row.name, *clouds(3), 3))
        assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {2}
    assert seen[1::2] == [(1, 1), (2, 2)]


def test_a_temperature_makes_margins_believable_and_changes_no_answer() -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 3, 500)
    true = generator.normal(size=(500, 3)) + 2 * np.eye(3)[labels]  # softmax of 2 × these is what a Bayesian believes
    margins = 10 * true
    temperature = best_temperature(margins, labels)
    calibrated = probabilities(margins, "margin", temperature)
    assert temperature == pytest.approx(5.0, rel=0.2)
    assert (calibrated.argmax(1) == margins.argmax(1)).all()
    assert log_loss(calibrated, labels) < log_loss(probabilities(margins, "margin"), labels)
    assert calibration_error(calibrated, labels) < 0.05 < calibration_error(probabilities(margins, "margin"), labels)
