"""Learning curves: which pictures train and which test, what the band is, and what happens where there are few."""

import numpy as np
import pytest
import torch

from model_zoo.data.image_set import Split
from model_zoo.events import Note, Progress, RunEnd, drained
from model_zoo.features import classifiers, curve
from model_zoo.features.curve import CurveSpec, draws_of, estimate, learning_curves, sizes
from model_zoo.features.fitting import fit
from tests.data.makers import drive
from tests.features.finished import clusters

X, LABELS = clusters(180, 3)
NEED_TWO = ("lda",)  # pictures of some class, to be fitted at all


def split(train: slice = slice(0, 60), test: slice = slice(120, 180)) -> Split:
    index = torch.arange(180)
    return Split(index[train], index[60:120], index[test], "made up")


def curves(texts=("logistic_regression",), x=X, labels=LABELS, draws=3, splits=None, redrawn=False, classes=3, seed=0):
    return drive(learning_curves(x, labels, classes, texts, splits or [split()] * draws, redrawn, seed))


def test_sizes_climb_to_all_that_the_largest_class_has() -> None:
    assert sizes(1) == (1,)
    assert sizes(10) == (1, 2, 5, 10)
    assert sizes(123) == (1, 2, 5, 10, 20, 50, 100, 123)


def test_accuracy_grows_with_the_pictures_and_stands_inside_its_band() -> None:
    x = X + 5 * np.random.default_rng(0).normal(size=X.shape).astype(np.float32)
    events, found = curves(("logistic_regression", "knn"), x=x, draws=5)

    assert found["per_class"] == [1, 2, 5, 10, 20]
    assert found["pictures"] == [3, 6, 15, 30, 60]
    assert [told["classifier"] for told in found["curves"]] == ["logistic_regression", "knn"]
    for told in found["curves"]:
        assert told["accuracy"][-1] > told["accuracy"][0] + 0.1
        assert (np.array(told["low"]) < told["accuracy"]).all()
        assert (np.array(told["high"]) > told["accuracy"]).all()
        assert [np.mean(each) for each in told["accuracies"]] == pytest.approx(told["accuracy"])
        assert [len(each) for each in told["accuracies"]] == [5, 5, 5, 5, 1], "all pictures are one draw"
    ends = [event for event in events if isinstance(event, RunEnd)]
    assert [end.run for end in ends[:3]] == ["logistic_regression#1", "knn#1", "logistic_regression#2"]
    assert "95 % interval of the mean accuracy over draws" in found["band"]


def test_only_the_train_part_trains_and_only_the_test_part_tests() -> None:
    _, found = curves(draws=2)
    poisoned = X.copy()
    poisoned[60:120] = np.nan  # whoever reads a validation picture fails

    assert curves(x=poisoned, draws=2)[1] == found
    _, taught = curves(splits=[split(test=slice(0, 60))] * 2)
    untaught = LABELS.copy()
    untaught[120:] = (untaught[120:] + 1) % 3  # only test pictures have other labels now
    assert curves(labels=untaught, draws=2)[1]["curves"][0]["accuracy"][-1] < 0.1
    assert taught["curves"][0]["accuracy"][-1] == 1.0


def test_larger_draws_hold_the_smaller_ones_and_draws_differ() -> None:
    draws = draws_of(LABELS, [split()] * 2, seed=0)
    small, large = draws[0].train(2), draws[0].train(5)
    assert set(small) < set(large) < set(range(60))
    assert np.bincount(LABELS[large]).tolist() == [5, 5, 5]
    assert set(small) != set(draws[1].train(2))


def test_where_splits_are_redrawn_every_draw_has_its_own() -> None:
    labels = LABELS.copy()
    labels[60:120] = (labels[60:120] + 1) % 3
    splits = [split(), split(test=slice(60, 120)), split(train=slice(0, 45))]
    _, found = curves(labels=labels, splits=splits, redrawn=True)
    accuracies = found["curves"][0]["accuracies"]
    assert [len(each) for each in accuracies] == [3, 3, 3, 3, 3]
    first, second, third = accuracies[-1]
    assert min(first, third) > 0.9 > 0.1 > second, "only the second is asked of pictures that are labelled wrong"
    assert found["pictures"][-1] == 55, "the third has 45 to train"


def test_draws_have_the_seeds_of_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []

    def noted(*rest, seed: int):
        seeds.append(seed)
        return fit(*rest, seed=seed)

    monkeypatch.setattr(curve, "fit", noted)
    curves(("majority",), draws=3, seed=5)
    assert seeds == [5, 6, 7] * 4 + [5]


@pytest.mark.parametrize("text", classifiers.REGISTRY)
def test_every_classifier_has_a_curve_even_of_one_picture_a_class(text: str, monkeypatch) -> None:
    monkeypatch.setattr(curve, "sizes", lambda largest: (1, 2, largest))
    events, found = curves((text if text != "xgboost" else "xgboost:trees=5",), draws=2)
    accuracy = found["curves"][0]["accuracy"]
    assert [point is None for point in accuracy] == [text in NEED_TWO, False, False]
    notes = [event.sentence for event in events if isinstance(event, Note)]
    assert sum(note.startswith("Nothing at 1 a class: ") for note in notes) == (text in NEED_TWO)
    shares = [event.done for event in events if isinstance(event, Progress)]
    assert shares[-1] > 0.5, "what cannot be fitted is not to come"


def test_a_class_with_few_pictures_gives_all_it_has_and_that_is_said() -> None:
    labels = LABELS.copy()
    labels[3:60][labels[3:60] == 2] = 0
    events, found = curves(labels=labels, draws=2)

    assert found["per_class"] == [1, 2, 5, 10, 20, 39]
    assert found["pictures"] == [3, 5, 11, 21, 41, 60]
    assert any(isinstance(e, Note) and "2 classes have fewer than 39 pictures to train, the smallest 1" in e.sentence
               for e in events)  # fmt: skip


def test_nothing_to_learn_is_an_error_and_no_empty_curve() -> None:
    with pytest.raises(ValueError, match="All training pictures are of one class"):
        curves(labels=np.zeros_like(LABELS), draws=2, classes=1)


def test_the_work_tells_how_far_it_is() -> None:
    events, _ = curves(("knn", "ridge"))
    told = [event for event in events if isinstance(event, Progress)]
    assert told[0].doing == "Nearest neighbours, 1 picture a class, draw 1 of 3"
    shares = [event.done for event in told]
    assert shares == sorted(shares)
    assert shares[-1] > 0.8
    assert all(event.seconds_left >= 0 for event in told)


def test_the_estimate_grows_with_draws_and_classifiers() -> None:
    one = estimate(("knn",), (100, 90), 320, 5)
    assert 0 < one < estimate(("knn",), (100, 90), 320, 10) < estimate(("knn", "xgboost"), (100, 90), 320, 10)


def test_a_spec_that_cannot_be_drawn_says_what_can() -> None:
    with pytest.raises(ValueError, match="draws must be 2 to 50, got 1"):
        CurveSpec("a", draws=1)
    with pytest.raises(ValueError, match="There is no classifier “svm_linera”. Did you mean “svm_linear”"):
        CurveSpec("a", ["svm_linera"])
    with pytest.raises(ValueError, match="“knn” stands twice"):
        CurveSpec("a", ["knn", "knn"])
    with pytest.raises(ValueError, match="“svm_rbf” stands twice"):
        CurveSpec("a", ["svm_rbf", "svm_rbf:c=10"])
    assert CurveSpec(**CurveSpec("a", ["knn"]).to_json()) == CurveSpec("a", ("knn",))


def test_what_is_drained_is_the_same_again() -> None:
    again = [drained(learning_curves(X, LABELS, 3, ("random_forest:trees=5",), [split()] * 2, False)) for _ in range(2)]
    assert again[0] == again[1]
