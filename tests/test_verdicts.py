"""Verdicts on simulated runs, whose true accuracies are known."""

import subprocess
import sys

import numpy as np
import pytest

from model_zoo.verdicts import Outcome, accuracy_interval, decide, rank

EASY, HARD = 0.93, 0.6


def outcome(name, correct, validation=0.9, cost=100, test=None, title=None, train_size=300):
    """Make an outcome from answers, one row a seed, on the same pictures unless `test` says which."""
    correct = [np.asarray(row, dtype=bool) for row in correct]
    test = test or [np.arange(len(correct[0]))] * len(correct)
    accuracies = tuple(validation) if isinstance(validation, (tuple, list)) else (validation,) * len(correct)
    return Outcome(name, title or name, accuracies, cost, tuple(correct), tuple(test), train_size)


def share(count, total):
    """Answers of which the first `count` of `total` are right."""
    return np.arange(total) < count


class Race:
    """Draws runs: a picture is answered rightly if the run's ability, on that picture, exceeds its difficulty."""

    def __init__(self, seed, pictures=400, seeds=3, seed_spread=0.15, chance=0.7):
        self.random = np.random.default_rng(seed)
        self.difficulty = 1.5 * self.random.standard_normal(pictures)
        self.seeds, self.seed_spread, self.chance = seeds, seed_spread, chance

    def run(self, ability):
        """Give answers (seeds, pictures) of one configuration with this mean ability."""
        abilities = ability + self.seed_spread * self.random.standard_normal((self.seeds, 1))
        noise = self.chance * self.random.standard_normal((self.seeds, len(self.difficulty)))
        return abilities + noise > self.difficulty

    def truth(self, ability):
        """Give the accuracy over all pictures and seeds that could have been drawn."""
        from scipy.stats import norm

        return norm.cdf(ability / np.sqrt(1.5**2 + self.chance**2 + self.seed_spread**2))


def test_ranking_follows_validation_and_ties_go_to_the_cheaper():
    same = [share(90, 100)] * 2
    heavy = outcome("heavy", same, validation=(0.8, 0.9), cost=9_000)
    light = outcome("light", same, validation=(0.9, 0.8), cost=10)
    first = outcome("first", [share(10, 100)] * 2, validation=0.95)
    twin = outcome("twin", same, validation=(0.85, 0.85), cost=10)
    assert [o.strategy for o in rank([heavy, light, twin, first])] == ["first", "light", "twin", "heavy"]


@pytest.mark.parametrize("ability", [1.0, 2.0, 3.5])
@pytest.mark.parametrize("pictures", [40, 400])
def test_accuracy_intervals_cover_the_truth_about_95_times_in_100(ability, pictures):
    covered = []
    for seed in range(500):
        race = Race(seed, pictures)
        _, low, high = accuracy_interval(outcome("a", race.run(ability)), redrawn=False)
        covered.append(low <= race.truth(ability) <= high)
    assert 0.925 <= np.mean(covered) <= 0.995


def test_intervals_of_differences_cover_the_truth_about_95_times_in_100():
    covered = []
    for seed in range(500):
        race = Race(seed)
        better, worse = outcome("a", race.run(2.0)), outcome("b", race.run(1.5), validation=0.8)
        pair = decide([better, worse], redrawn=False).pairs[0]
        covered.append(pair.low <= race.truth(2.0) - race.truth(1.5) <= pair.high)
    assert 0.93 <= np.mean(covered) <= 0.98


@pytest.mark.parametrize("seed_spread", [0.0, 0.15, 0.6])
def test_a_configuration_against_itself_seldom_has_a_winner(seed_spread):
    winners = []
    for seed in range(500):
        race = Race(seed, seed_spread=seed_spread)
        twins = [outcome("a", race.run(2.0)), outcome("b", race.run(2.0))]
        winners.append(decide(twins, redrawn=False).pairs[0].decided)
    assert np.mean(winners) <= 0.07


def test_four_copies_of_one_configuration_seldom_have_a_winner_among_them():
    winners = []
    for seed in range(300):
        race = Race(seed)
        copies = [outcome(name, race.run(2.0), validation=race.random.uniform(0.8, 0.9)) for name in "abcd"]
        winners.append(any(pair.decided for pair in decide(copies, redrawn=False).pairs))
    assert np.mean(winners) <= 0.07


def test_a_clear_difference_is_found_nearly_always():
    found = []
    for seed in range(100):
        race = Race(seed)
        pair = decide([outcome("a", race.run(2.0)), outcome("b", race.run(1.1), 0.8)], redrawn=False).pairs[0]
        found.append(pair.decided and pair.difference > 0)
    assert np.mean(found) >= 0.95


def test_the_closed_form_agrees_with_a_bootstrap_over_pictures_where_seeds_agree():
    random = np.random.default_rng(0)
    a, b = random.random((3, 400)) < EASY, random.random((3, 400)) < EASY - 0.05
    a[1:], b[1:] = a[0], b[0]
    pair = decide([outcome("a", a), outcome("b", b, 0.8)], redrawn=False).pairs[0]
    per_picture = a.mean(0) - b.mean(0)
    means = per_picture[random.integers(0, 400, (4000, 400))].mean(1)
    assert (pair.high - pair.low) / 2 == pytest.approx(1.966 * means.std(), rel=0.06)


def test_seeds_that_disagree_widen_the_interval():
    steady = outcome("a", [share(80, 100)] * 3)
    shaky = outcome("a", [share(70, 100), share(80, 100), share(90, 100)])
    widths = [high - low for _, low, high in (accuracy_interval(o, redrawn=False) for o in (steady, shaky))]
    assert widths[1] > 1.5 * widths[0]


def test_identical_predictions_are_undecided_with_an_interval_of_some_width():
    same = [share(90, 100), share(80, 100), share(85, 100)]
    for redrawn in (False, True):
        pair = decide([outcome("a", same), outcome("b", same)], redrawn).pairs[0]
        assert (pair.difference, pair.decided) == (0, False)
        assert pair.low < 0 < pair.high


@pytest.mark.parametrize("redrawn", [False, True])
@pytest.mark.parametrize("right", [0, 5])
def test_all_right_or_all_wrong_on_five_pictures_is_not_certainty(right, redrawn):
    accuracy, low, high = accuracy_interval(outcome("a", [share(right, 5)] * 3), redrawn)
    assert 0 <= low <= accuracy <= high <= 1
    assert high - low > 0.2


@pytest.mark.parametrize("redrawn", [False, True])
@pytest.mark.parametrize("pictures", [1, 2, 5])
@pytest.mark.parametrize("seeds", [1, 2, 3])
def test_no_number_is_ever_missing_however_few_pictures(seeds, pictures, redrawn):
    random = np.random.default_rng(0)
    for _ in range(20):
        runs = [outcome(name, random.random((seeds, pictures)) < 0.5) for name in "abc"]
        verdict = decide(runs, redrawn)
        bounds = [(s.low, s.test_accuracy, s.high) for s in verdict.ranking]
        bounds += [(p.low, p.difference, p.high) for p in verdict.pairs]
        assert all(-1 <= low <= middle <= high <= 1 and low < high for low, middle, high in bounds)


def test_equal_leads_on_three_tiny_redrawn_splits_are_luck_not_certainty():
    tests = [np.arange(k, k + 5) for k in (0, 5, 10)]
    a, b = outcome("a", [share(4, 5)] * 3, test=tests), outcome("b", [share(3, 5)] * 3, 0.8, test=tests)
    assert not decide([a, b], redrawn=True).pairs[0].decided


def test_redrawn_splits_trust_a_lead_less_the_more_pictures_they_share():
    random = np.random.default_rng(1)
    runs = random.random((3, 100)) < EASY, random.random((3, 100)) < HARD
    widths = []
    for train_size in (1000, 300, 100):
        a, b = (outcome(n, r, v, train_size=train_size) for n, r, v in zip("ab", runs, (0.9, 0.8), strict=True))
        pair = decide([a, b], redrawn=True).pairs[0]
        widths.append(pair.high - pair.low)
    assert widths[0] < widths[1] < widths[2]


def test_many_pairs_need_a_clearer_lead_than_one():
    random = np.random.default_rng(3)
    lead = np.ones((3, 200), dtype=bool)
    behind = lead.copy()
    behind[:, :6] = False  # p is about 0.02: enough for one pair, too little for the first of five
    others = [outcome(f"same{k}", lead & (random.random((3, 200)) < 0.998), 0.7) for k in range(4)]
    alone = decide([outcome("a", lead), outcome("b", behind, 0.8)], redrawn=False)
    among = decide([outcome("a", lead), outcome("b", behind, 0.8), *others], redrawn=False)
    assert (alone.pairs[0].decided, among.pairs[0].decided) == (True, False)
    assert among.pairs[0].low == alone.pairs[0].low > 0
    assert "is none you can trust with 5 pairs compared" in among.sentence


def test_the_json_has_the_fields_of_the_command_line_best_first():
    a, b = outcome("full", [share(180, 200)] * 2, 0.8), outcome("linear_probe", [share(190, 200)] * 2, 0.9)
    written = decide([a, b], redrawn=False).to_json()
    assert set(written) == {"ranking", "verdict"}
    assert [row["strategy"] for row in written["ranking"]] == ["linear_probe", "full"]
    assert set(written["ranking"][0]) == {"strategy", "validation_accuracy", "test_accuracy", "test_accuracy_ci"}
    assert set(written["verdict"]) == {"recommended", "sentence", "pairs"}
    (pair,) = written["verdict"]["pairs"]
    assert set(pair) == {"a", "b", "difference", "ci", "decided"}
    assert (pair["a"], pair["b"], type(pair["decided"])) == ("linear_probe", "full", bool)
    assert pair["difference"] == pytest.approx(0.05)


def test_one_seed_names_a_configuration_and_decides_nothing():
    verdict = decide([outcome("a", [share(90, 100)]), outcome("b", [share(10, 100)], 0.2)], redrawn=False)
    assert (verdict.recommended, verdict.pairs) == ("a", ())
    assert verdict.sentence == (
        "One seed decides nothing; take a, the best on validation and the cheapest: 90.0 % (95 % interval 82.5 to "
        "94.5) on test pictures. Use three seeds or more to learn which differences you can trust."
    )


def undecided(seeds, others=1, cost=100):
    """Decide between configurations that differ by next to nothing."""
    a = outcome("a", [share(370, 400)] * seeds, 0.93, cost, title="Full fine-tuning")
    near = [outcome(f"b{k}", [share(369, 400)] * seeds, 0.92, 500, title=f"LoRA {k}") for k in range(others)]
    return decide([a, *near], redrawn=False)


def test_where_nothing_can_be_told_apart_the_sentence_begins_with_that_and_still_names_one():
    assert undecided(3, others=2).sentence.startswith(
        "None of these 3 can be told apart; take full fine-tuning, the best on validation and the cheapest: 92.5 % ± "
    )
    alone = undecided(3, cost=900).sentence
    assert alone.startswith("These two cannot be told apart; take full fine-tuning, the best on validation: 92.5 % ± ")
    assert "LoRA 0, the cheapest, may do as well." in alone


@pytest.mark.parametrize(
    ("seeds", "advice"),
    [
        (2, "(Student’s t-distribution): three or more make them much narrower."),
        (3, "5 seeds or more, instead of 3, would show smaller differences."),
        (5, "More test pictures would show smaller differences."),
    ],
)
def test_the_sentence_says_what_would_decide_it(seeds, advice):
    assert undecided(seeds).sentence.endswith(f" {advice}")


def test_two_seeds_are_named_as_the_reason_wherever_a_difference_stays_open():
    rows = [share(370, 400)] * 2, [share(369, 400)] * 2, [share(100, 400)] * 2
    near = [outcome(name, row, 0.9 - k / 10) for k, (name, row) in enumerate(zip("abc", rows, strict=True))]
    open_ = decide(near, redrawn=False)
    assert [pair.decided for pair in open_.pairs] == [False, True]
    assert open_.sentence.endswith("three or more make them much narrower.")
    clear = decide([outcome("a", rows[0]), outcome("c", rows[2], 0.5)], redrawn=False)
    assert clear.pairs[0].decided
    assert "Two seeds" not in clear.sentence


def test_one_configuration_alone_has_nothing_to_beat():
    assert decide([outcome("a", [share(9, 10)])], redrawn=False).sentence.endswith("nothing to compare it with.")


def test_the_sentence_gives_the_lead_over_the_runner_up_and_its_interval():
    runs = [share(372, 400)] * 3, [share(360, 400)] * 3
    verdict = decide(
        [
            outcome("freeze_first:k=2", runs[0], 0.9, title="Freeze the first 2 stages"),
            outcome("full", runs[1], 0.8, title="Full fine-tuning"),
        ],
        redrawn=False,
    )
    assert verdict.sentence == (
        "Freeze the first 2 stages: 93.0 % ± 2.5 on test pictures, "
        "ahead of full fine-tuning by 3.0 points (95 % interval 1.2 to 4.7)."
    )


def test_the_sentence_says_which_differences_cannot_be_trusted_and_whom_it_beats():
    good, poor = [share(370, 400)] * 3, [share(200, 400)] * 3
    verdict = decide(
        [
            outcome("a", good, 0.93, title="Linear probe"),
            outcome("b", [share(369, 400)] * 3, 0.92, title="LoRA"),
            outcome("c", good, 0.91, title="L2-SP"),
            outcome("d", poor, 0.5, title="From scratch"),
        ],
        redrawn=False,
    )
    assert "The difference to LoRA, 0.3 points (95 % interval −0.4 to 0.9)" in verdict.sentence
    assert verdict.sentence.endswith(
        "is none you can trust; it does beat from scratch. Nor can you trust any difference to L2-SP."
    )


def test_the_sentence_admits_that_another_configuration_was_better_on_the_test_pictures():
    chosen = outcome("a", [share(200, 400)] * 3, 0.9, title="Linear probe")
    better = outcome("b", [share(300, 400)] * 3, 0.8, title="Full fine-tuning")
    verdict = decide([chosen, better], redrawn=False)
    pair = verdict.pairs[0]
    assert (pair.a, pair.b, pair.decided, pair.difference) == ("a", "b", True, -0.25)
    assert "on the test pictures full fine-tuning is ahead by 25" in verdict.sentence


def test_configurations_that_share_a_title_are_told_apart_by_their_spelling():
    a = outcome("full", [share(390, 400)] * 3, 0.9, title="Full fine-tuning")
    b = outcome("full:rate=0.1", [share(300, 400)] * 3, 0.8, title="Full fine-tuning")
    assert "ahead of full fine-tuning (full:rate=0.1) by" in decide([a, b], redrawn=False).sentence


def test_runs_that_cannot_be_compared_are_refused_by_name():
    a = outcome("a", [share(3, 5)] * 2)
    with pytest.raises(ValueError, match="at least one configuration, got none"):
        decide([], redrawn=False)
    with pytest.raises(ValueError, match="All configurations need the same seeds, one or more: b has 1, not 2"):
        decide([a, outcome("b", [share(3, 5)])], redrawn=False)
    with pytest.raises(ValueError, match="b has other test pictures than a"):
        decide([a, outcome("b", [share(3, 5)] * 2, test=[np.arange(5) + 1] * 2)], redrawn=False)
    with pytest.raises(ValueError, match="b has 5 answers for 4 test pictures"):
        decide([a, outcome("b", [share(3, 5)] * 2, test=[np.arange(4)] * 2)], redrawn=False)
    with pytest.raises(ValueError, match="validation_accuracy of b must be 0 to 1, got nan"):
        decide([a, outcome("b", [share(3, 5)] * 2, validation=float("nan"))], redrawn=False)


def test_seeds_with_splits_of_their_own_are_refused_unless_the_splits_were_redrawn():
    tests = [np.arange(5), np.arange(5, 10)]
    runs = [outcome(name, [share(3, 5)] * 2, test=tests) for name in "ab"]
    assert decide(runs, redrawn=True).recommended == "a"
    with pytest.raises(ValueError, match="a has other test pictures than a"):
        decide(runs, redrawn=False)


def test_the_web_process_can_import_verdicts_without_anything_heavy():
    code = "import sys, model_zoo.verdicts; print([m for m in ('torch', 'sklearn', 'scipy') if m in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
