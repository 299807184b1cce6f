"""Numbers as people say them: percent, points, times, counts. Accuracies come as fractions in [0, 1]."""

from collections.abc import Sequence
from math import sqrt
from statistics import mean, stdev

MINUS = "\N{MINUS SIGN}"
# Student's t, 0.975 quantile, by degrees of freedom 1 … 19 (a comparison has at most 20 seeds)
_T: tuple[float, ...] = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093),
)


def percent(fraction: float, digits: int = 1) -> str:
    """Write 0.931 as “93.1 %”."""
    return f"{100 * fraction:.{digits}f} %".replace("-", MINUS)


def points(difference: float) -> str:
    """Write a difference of two accuracies, 0.024, as “+2.4 points”."""
    return f"{100 * difference:+.1f} points".replace("-", MINUS)


def duration(seconds: float) -> str:
    """Write a span of time as people say it: “a few seconds”, “25 s”, “2 min”, “2 h 5 min”."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 90:
        return f"{5 * round(seconds / 5)} s"
    if (minutes := round(seconds / 60)) < 60:
        return f"{minutes} min"
    hours, minutes = divmod(5 * round(seconds / 300), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def about(seconds: float) -> str:
    """Write a span of time that is only estimated: “a few seconds”, “about 25 s”."""
    return duration(seconds) if seconds < 10 else f"about {duration(seconds)}"


def measured(seconds: float) -> str:
    """Write a time for a table or an axis, where times are compared, in two digits: “0.04 s”, “12 s”, “1.7 min”."""
    if seconds < 0.95:
        return f"{seconds:.1g} s"
    size, unit = (1, "s") if seconds < 59.5 else (60, "min") if seconds < 3570 else (3600, "h")
    value = seconds / size
    return f"{f'{value:.1f}'.removesuffix('.0') if value < 9.95 else f'{value:.0f}'} {unit}"


def count(number: int) -> str:
    """Write a large count with two or three digits and a unit: “4 507 072” becomes “4.5 M”."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            value = number / size
            return f"{value:.1f}".removesuffix(".0") + f" {unit}" if value < 9.95 else f"{value:.0f} {unit}"
    return str(number)


def interval_over_seeds(values: Sequence[float]) -> tuple[float, float] | None:
    """Give the 95 % interval (Student's t) of the mean of accuracies over seeds, in [0, 1]; None for fewer than 2."""
    if len(values) < 2:
        return None
    middle, half = mean(values), _T[min(len(values), 20) - 2] * stdev(values) / sqrt(len(values))
    return max(0.0, middle - half), min(1.0, middle + half)
