"""The answer of a comparison in one or two plain sentences: what to use, by how much, and how far to trust it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model_zoo.verdicts import Pair, Standing

ENOUGH_SEEDS = 5  # beyond, more of them narrow intervals less than more test pictures do
TWO_SEEDS = "Two seeds make every interval very wide (Student’s t-distribution): three or more make them much narrower."


def write(
    best: Standing,
    pairs: tuple[Pair, ...],
    titles: dict[str, str],
    seeds: int,
    cheapest: str = "",
    of: str = "pictures",
) -> str:
    """Say in plain words what to use, and how sure that is; the test pictures may contradict the choice.

    Where no difference can be trusted, that comes first. `cheapest` is the strategy that trains fewest parameters; `of`
    is what was tested, in the plural.
    """
    answer = f"{titles[best.strategy]}: {_accuracy(best)} on test {of}"
    if len(titles) == 1:
        return f"{answer}. There is nothing to compare it with."
    names = {strategy: _inside(title) for strategy, title in titles.items()}
    if seeds == 1:
        more = "Use three seeds or more to learn which differences you can trust."
        return f"One seed decides nothing; {_take(best, names, cheapest, of)}. {more}"
    if not any(pair.decided for pair in pairs):
        return _undecided(best, pairs, names, seeds, cheapest, of)
    said = _decided(answer, pairs, names, of)
    return said if seeds > 2 or all(pair.decided for pair in pairs) else f"{said} {TWO_SEEDS}"


def _decided(answer: str, pairs: tuple[Pair, ...], names: dict[str, str], of: str) -> str:
    """Say which of the differences can be trusted; at least one can."""
    runner_up, better = pairs[0], [pair for pair in pairs if pair.decided and pair.difference < 0]
    beaten = [names[pair.b] for pair in pairs if pair.decided and pair.difference > 0]
    unclear = [names[pair.b] for pair in pairs if not pair.decided]
    if better:
        return f"{answer}. {_contradiction(better, names, of)}"
    if not runner_up.decided:
        return f"{answer}. {_unclear(runner_up, len(pairs), names)}{_rest(beaten, unclear[1:], '; it does beat ')}"
    return f"{answer}, ahead of {names[runner_up.b]} by {_lead(runner_up)}{_rest(beaten[1:], unclear, ', and of ')}"


def _undecided(
    best: Standing, pairs: tuple[Pair, ...], names: dict[str, str], seeds: int, cheapest: str, of: str
) -> str:
    which = "These two cannot" if len(pairs) == 1 else f"None of these {len(pairs) + 1} can"
    also = f" {_capital(names[cheapest])}, the cheapest, may do as well." if cheapest not in ("", best.strategy) else ""
    return (
        f"{which} be told apart; {_take(best, names, cheapest, of)}. "
        f"{_unclear(pairs[0], len(pairs), names)}.{also} {_what_would_decide(seeds, of)}"
    )


def _take(best: Standing, names: dict[str, str], cheapest: str, of: str) -> str:
    why = "the best on validation" + (" and the cheapest" if cheapest == best.strategy else "")
    return f"take {names[best.strategy]}, {why}: {_accuracy(best)} on test {of}"


def _what_would_decide(seeds: int, of: str) -> str:
    if seeds == 2:
        return TWO_SEEDS
    if seeds < ENOUGH_SEEDS:
        return f"{ENOUGH_SEEDS} seeds or more, instead of {seeds}, would show smaller differences."
    return f"More test {of} would show smaller differences."


def _contradiction(better: list[Pair], names: dict[str, str], of: str) -> str:
    first = min(better, key=lambda pair: pair.difference)
    also = _list([names[pair.b] for pair in better if pair is not first])
    return (
        f"The validation {of} chose it, but on the test {of} {names[first.b]} is ahead by {_lead(first)}"
        f"{', and so is ' + also if also else ''}: more validation {of} would show which to trust."
    )


def _unclear(pair: Pair, pairs: int, names: dict[str, str]) -> str:
    counted = f" with {pairs} pairs compared" if pair.low > 0 or pair.high < 0 else ""
    low, high, size = _points((pair.low, pair.high, pair.difference), pair)
    lead = f"{size} points (95 % interval {low} to {high})"
    return f"The difference to {names[pair.b]}, {lead}, is none you can trust{counted}"


def _rest(beaten: list[str], unclear: list[str], joint: str) -> str:
    also = f"{joint}{_list(beaten)}" if beaten else ""
    return f"{also}." + (f" Nor can you trust any difference to {_list(unclear)}." if unclear else "")


def _lead(pair: Pair) -> str:
    ahead = sorted((abs(pair.low), abs(pair.high)))
    low, high, size = _points((*ahead, abs(pair.difference)), pair)
    return f"{size} points (95 % interval {low} to {high})"


def _points(values: tuple[float, ...], interval: Pair | Standing) -> list[str]:
    """Write fractions as percentage points, with a decimal only where the interval is narrow enough to need one."""
    decimals = 0 if interval.high - interval.low >= 0.2 else 1
    return [f"{round(100 * value, decimals) + 0.0:.{decimals}f}".replace("-", "−") for value in values]


def _accuracy(standing: Standing) -> str:
    """Write an accuracy with ± where its interval is nearly symmetric, else with the interval."""
    half, middle = (standing.high - standing.low) / 2, (standing.high + standing.low) / 2
    accuracy, low, high, reach = _points((standing.test_accuracy, standing.low, standing.high, half), standing)
    if abs(standing.test_accuracy - middle) > 0.2 * half:
        return f"{accuracy} % (95 % interval {low} to {high})"
    return f"{accuracy} % ± {reach}"


def _inside(title: str) -> str:
    """Begin a title in lower case for the middle of a sentence, unless it is an abbreviation (LoRA, BitFit, L2-SP)."""
    word = title.split(" ")[0].rstrip(",.:")
    return title[0].lower() + title[1:] if word[1:] == word[1:].lower() and word[1:].isalpha() else title


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


def _list(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
