"""Judging backbones, on drawn pictures and a tiny network; and whether its figures and intervals can be believed."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from model_zoo import backbones
from model_zoo.data.image_set import PARTS
from model_zoo.devices import Setting
from model_zoo.recipes import transfer
from model_zoo.recipes.transfer import Plan, embed, given, judge, write_card
from model_zoo.recipes.transfer_probes import LADDER, Draw, Figure, choose_c, draw, figure, probe
from model_zoo.recipes.transfer_sets import TASKS, Task, read
from model_zoo.recipes.transfer_table import markdown
from tests.engine import SPEED
from tests.tiny import SIZE, TINY, stripes

LABELS = np.arange(120) % 3


def clouds(apart: float, labels=LABELS, size=6, seed=0):
    generator = np.random.default_rng(seed)
    return apart * np.eye(size)[labels] + generator.normal(size=(len(labels), size))


def accuracy(embeddings, labels, per_class=None, draws=4):
    return np.mean([probe(embeddings, labels, draw(labels, per_class, seed)).mean() for seed in range(draws)])


def test_a_probe_is_near_one_on_separable_embeddings_and_near_chance_on_shuffled_labels():
    embeddings = clouds(apart=8)
    assert accuracy(embeddings, LABELS) > 0.97
    shuffled = np.random.default_rng(1).permutation(LABELS)
    assert 0.2 < accuracy(embeddings, shuffled) < 0.47


def test_with_more_dimensions_than_pictures_the_probe_gives_what_a_plain_regression_gives():
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    embeddings, drawn = clouds(apart=3, size=300), draw(LABELS, 20, 0)
    x, y = embeddings[drawn.train], LABELS[drawn.train]
    c = choose_c(StandardScaler().fit_transform(x), y, 0)
    plain = make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=300, tol=1e-3)).fit(x, y)
    expected = plain.predict(embeddings[drawn.test]) == LABELS[drawn.test]
    assert (probe(embeddings, LABELS, drawn) == expected).mean() > 0.98


def test_a_dead_channel_and_one_of_another_scale_do_no_harm():
    embeddings = clouds(apart=8)
    odd = np.hstack([embeddings, np.zeros((len(LABELS), 1)), 1e4 * clouds(apart=0, seed=3)])
    assert accuracy(odd, LABELS) > 0.9


@pytest.mark.parametrize(("per_class", "expected"), [(None, [20, 20, 20]), (7, [7, 7, 7])])
def test_draws_are_stratified_disjoint_from_the_test_and_complete(per_class, expected):
    one, same, other = (draw(LABELS, per_class, seed) for seed in (0, 0, 1))
    assert np.bincount(LABELS[one.train]).tolist() == expected
    assert sorted([*one.train, *one.test]) == list(range(len(LABELS)))
    assert np.array_equal(one.train, same.train)
    assert not np.array_equal(one.train, other.train)


def test_a_class_too_small_to_draw_from_is_named():
    with pytest.raises(ValueError, match="Class 1 has 3 pictures; 3 to train leave too few"):
        draw(np.array([0, 0, 0, 0, 0, 1, 1, 1]), 3, 0)


def test_regularisation_is_chosen_without_looking_at_a_test_picture():
    embeddings, drawn = clouds(apart=2), draw(LABELS, None, 0)
    spoilt, labels = embeddings.copy(), LABELS.copy()
    spoilt[drawn.test], labels[drawn.test] = np.nan, -1
    x, y = spoilt[drawn.train], labels[drawn.train]
    assert choose_c(x, y, 0) == choose_c(embeddings[drawn.train], LABELS[drawn.train], 0) in LADDER


def test_noise_is_regularised_most_strongly_and_what_can_be_told_apart_less():
    uneven = (np.arange(120) % 5 == 0).astype(int)
    noise = np.random.default_rng(5).normal(size=(120, 50))
    told_apart = noise + 2 * uneven[:, None] * (np.arange(50) < 3)
    assert choose_c(noise, uneven, 0) == LADDER[0]
    assert choose_c(told_apart, uneven, 0) > LADDER[0]


def faint(count, seed):
    """Sixty values, each of which says a little about the class: what is best is close to a mean over all of them."""
    generator, labels = np.random.default_rng(seed), np.arange(count) % 2
    return 0.2 * (2 * labels[:, None] - 1) + generator.normal(size=(count, 60)), labels


def narrow(count, seed):
    """Two values that say nothing but by their small difference, which takes large weights to be told."""
    generator, labels = np.random.default_rng(seed), np.arange(count) % 2
    apart = 0.1 * (2 * labels[:, None] - 1) * np.array([1, -1])
    return generator.normal(size=(count, 1)) + apart + 0.03 * generator.normal(size=(count, 2)), labels


@pytest.mark.parametrize(
    ("drawn_from", "best", "worst", "by"), [(faint, LADDER[0], LADDER[-1], 0.03), (narrow, LADDER[-1], LADDER[0], 0.3)]
)
def test_the_strength_that_names_other_pictures_better_is_the_one_that_is_chosen(drawn_from, best, worst, by):
    from sklearn.linear_model import LogisticRegression

    (x, y), (others, truth) = drawn_from(100, seed=1), drawn_from(2_000, seed=99)
    right = {c: LogisticRegression(C=c, max_iter=300).fit(x, y).score(others, truth) for c in (best, worst)}
    assert right[best] > right[worst] + by, "made so that one end of the ladder clearly wins"
    assert choose_c(x, y, 0) == best
    probed = probe(np.vstack([x, others]), np.append(y, truth), Draw(np.arange(100), np.arange(100, 2_100)))
    assert probed.mean() == pytest.approx(right[best], abs=by / 3), "and the probe uses it"


def test_a_figure_is_the_one_that_is_counted_by_hand():
    draws = [Draw(np.array([0, 1]), np.array([2, 3, 4, 5])), Draw(np.array([2, 3]), np.array([0, 1, 4, 5]))]
    found = figure([np.array([True, True, True, False]), np.ones(4, bool)], draws)
    # Accuracies 3/4 and 1 vary by 1/32: training is 1/32 · (1/2 + 2/4) = 0.03125, with one degree of freedom.
    # Pictures are right 1, 1, 1, 1, 1, 1/2 of the time, and 1 and 0: they vary by 31/224, testing is an eighth of that,
    # 0.0172991. The sum is 0.0485491, with 2.31236 degrees of freedom and t = 3.79098: as much as 3.1379 independent
    # pictures vary whose mean is that of the eight, 13/16.
    t, pictures = 3.79098, 13 / 16 * 3 / 16 / 0.0485491
    weight, mean = t**2 / pictures, 7 / 8
    reach = (weight * (mean * (1 - mean) + weight / 4)) ** 0.5
    assert (found.mean, found.draws) == (mean, 2)
    assert found.low == pytest.approx((mean + weight / 2 - reach) / (1 + weight), abs=1e-4)
    assert found.high == pytest.approx((mean + weight / 2 + reach) / (1 + weight), abs=1e-4)
    assert (found.low, found.high) == pytest.approx((0.13766, 0.99675), abs=1e-4)
    assert Figure(0.87504, 0.13766, 0.99675, 2).to_json() == {"mean": 0.875, "ci": [0.1377, 0.9968], "draws": 2}


def test_the_interval_holds_for_other_pictures_where_the_spread_of_the_draws_alone_does_not():
    generator, covered, plain, pools = np.random.default_rng(0), 0, 0, 150

    def sample(count):
        labels = np.arange(count) % 2
        return 0.35 * (2 * labels[:, None] - 1) + generator.normal(size=(count, 8)), labels

    def nearest_mean(x, y, asked):
        means = np.stack([x[y == label].mean(0) for label in (0, 1)])
        return np.linalg.norm(asked[:, None] - means, axis=2).argmin(1)

    others, truth = sample(2_000), []
    for _ in range(200):
        truth.append(np.mean(nearest_mean(*sample(60), others[0]) == others[1]))
    for _ in range(pools):
        x, y = sample(120)
        draws = [draw(y, None, seed) for seed in range(20)]
        correct = [nearest_mean(x[d.train], y[d.train], x[d.test]) == y[d.test] for d in draws]
        found, means = figure(correct, draws), [right.mean() for right in correct]
        covered += found.low <= np.mean(truth) <= found.high
        plain += abs(found.mean - np.mean(truth)) <= 2.09 * np.std(means, ddof=1) / 20**0.5
    assert 0.92 <= covered / pools <= 0.99, "nor is it wider than it need be"
    assert plain / pools < 0.7


def test_an_interval_is_never_empty_and_stays_between_zero_and_one():
    draws = [Draw(np.arange(20), np.arange(20, 60))] * 3
    found = figure([np.ones(40, bool)] * 3, draws)
    assert found.mean == found.high == 1.0
    assert 0.7 < found.low < 1.0
    assert figure([np.ones(40, bool)], draws[:1]).low < 1.0, "one draw has an interval, too: of its pictures"


def test_embeddings_are_one_row_a_picture_for_every_stage_and_pooled_over_the_picture():
    images = stripes(9)
    network = TINY.network(2, seed=0).eval()
    found = embed(network, TINY, images.pictures, Setting())
    assert [rows.shape for rows in found] == [(9, 4), (9, 8), (9, 12), (9, 10)]
    x = (images.pictures.float() / 255 - 0.5) / 0.25
    with torch.no_grad():
        np.testing.assert_allclose(found[0], network.stem(x).mean((2, 3)), atol=1e-5)
        np.testing.assert_allclose(found[-1], network[:-1](x), atol=1e-5)


def test_tokens_are_averaged():
    from model_zoo.recipes.transfer import _pooled

    assert torch.equal(_pooled(torch.arange(12.0).view(1, 3, 4)), torch.tensor([[4.0, 5.0, 6.0, 7.0]]))


def test_what_fine_tuning_trains_on_and_is_tested_on_are_the_pictures_of_the_draw():
    images = stripes(60, given=False)
    drawn = draw(images.labels.numpy(), None, 0)
    parts = given(images, drawn, 0).given
    assert torch.equal((parts == PARTS.index("test")).nonzero().flatten(), torch.from_numpy(drawn.test))
    held_out = parts == PARTS.index("validation")
    assert torch.bincount(images.labels[held_out]).tolist() == [2, 2, 2]
    assert images.given.eq(-1).all(), "the set itself stays as it was"


def measured(*_):
    """Give a known speed, so that nothing is timed."""
    yield from ()
    return SPEED


@pytest.fixture
def tiny(monkeypatch, thaw_home):
    """A set of drawn pictures and a network that the registry finds."""
    len(backbones.REGISTRY)
    monkeypatch.setitem(backbones.REGISTRY._entries, "tiny", TINY)
    monkeypatch.setattr(transfer, "read", lambda task, size, folder: stripes(60, given=False))
    monkeypatch.setattr(transfer, "SECONDS_A_TIMING", 0.01)
    return Plan(2, 2, 2, epochs=2, sizes=(SIZE,), tasks=(Task("stripes", "Stripes", ("s",), None, thorough=True),))


def finished(work):
    doing = []
    while True:
        try:
            doing.append(next(work))
        except StopIteration as end:
            return doing, end.value


def test_a_backbone_is_judged_at_every_stage_beside_random_weights_pixels_and_fine_tuning(tiny, tmp_path):
    doing, result = finished(judge(TINY, tiny, tmp_path))
    assert any("fine-tuning" in line for line in doing)
    found = {(row["weights"], row["stage"]) for row in result["rows"]}
    stages = ("stem", "stage1", "stage2", "fc")
    assert found == {
        ("pixels", ""),
        *((weights, stage) for weights in ("pretrained", "random") for stage in stages),
        ("pretrained", "full:rate=0.1"),
        ("random", "from_scratch"),
    }
    assert all(row["ci"][0] <= row["mean"] <= row["ci"][1] for row in result["rows"])
    pixels = next(row for row in result["rows"] if row["weights"] == "pixels")
    assert pixels["mean"] > 0.9, "the brightest channel tells the stripes apart"
    assert result["milliseconds_a_picture"][str(SIZE)] > 0
    text = markdown(json.loads(json.dumps(result)))
    assert f"| Stripes | {SIZE}" in text.replace("stripes", "Stripes")
    assert f"{pixels['mean']:.3f} (" in text
    assert "a second" in text


def test_what_is_called_pre_trained_has_the_pre_trained_weights_and_what_is_called_random_has_not(
    tiny, tmp_path, monkeypatch
):
    dead = replace(TINY, state=lambda row: {n: torch.zeros_like(v) for n, v in TINY.state(row).items()})
    monkeypatch.setitem(backbones.REGISTRY._entries, "tiny", dead)
    for module in ("model_zoo.recipes.transfer", "model_zoo.comparison"):
        monkeypatch.setattr(f"{module}.measure", measured)
    _, result = finished(judge(dead, replace(tiny, epochs=12), tmp_path))
    means = {(row["weights"], row["stage"]): row["mean"] for row in result["rows"]}
    for stage in ("stem", "stage1", "stage2", "fc", "full:rate=0.1"):
        assert means["pretrained", stage] == pytest.approx(1 / 3, abs=0.1), "weights of zero tell nothing apart"
    for stage in ("stem", "stage1", "from_scratch"):
        assert means["random", stage] > 0.5, "even drawn ones tell colours apart"


def test_the_same_plan_gives_the_same_figures(tiny, tmp_path):
    plan = replace(tiny, tuning_draws=0)
    one, two = (finished(judge(TINY, plan, tmp_path))[1]["rows"] for _ in range(2))
    assert one == two
    assert not any(row["stage"] == "from_scratch" for row in one)


def test_figures_are_written_into_the_card_and_what_stands_there_is_kept(tiny, tmp_path):
    card = {"name": "tiny", "figures": {"top1": 0.5}, "classes": ["é"]}
    (tmp_path / "tiny.json").write_text(json.dumps(card))
    _, result = finished(judge(TINY, tiny, tmp_path))
    written = json.loads(write_card(result, tmp_path).read_text())
    transfer = written.pop("transfer")
    assert written == card
    assert transfer["table"] == markdown(result)
    assert transfer["rows"] == json.loads(json.dumps(result["rows"]))
    with pytest.raises(ValueError, match="resnet18 has no model card"):
        write_card(result | {"backbone": "resnet18"}, tmp_path)


def test_a_size_that_the_backbone_does_not_take_is_answered_with_those_it_takes(tiny, tmp_path):
    with pytest.raises(ValueError, match="tiny takes 4 to 64 px"):
        next(judge(TINY, replace(tiny, sizes=(128,)), tmp_path))


def test_missing_data_is_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["transfer"])
    monkeypatch.delenv("THAW_DATASETS", raising=False)
    with pytest.raises(SystemExit, match="Set THAW_DATASETS to the folder"):
        transfer.main()
    with pytest.raises(ValueError, match=r"has no hymenoptera_train\.parquet; set THAW_DATASETS"):
        read(TASKS[0], 64, tmp_path)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--sets", "birds"], "There is no set “birds”; there are ants_bees, photos"),
        (["--draws", "0"], "draws must be at least 1, got 0"),
        (["resnet_minni"], "Did you mean “resnet_mini”"),
    ],
)
def test_a_wrong_wish_is_one_sentence(arguments, sentence, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["transfer", *arguments])
    monkeypatch.setenv("THAW_DATASETS", str(tmp_path))
    with pytest.raises(SystemExit, match=sentence):
        transfer.main()
