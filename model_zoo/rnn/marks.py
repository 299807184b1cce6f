"""What a visitor says of stretches of a clip, and how that becomes a lesson. No heavy library."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from model_zoo.specs import within

MOST_MARKS, MOST_LABELS, LABEL_CHARACTERS = 1_000, 30, 40
FEWEST = 3  # frames of a label: one each to train, to validate and to test
CONTEXT = 25  # frames before and after a piece that are read, too
LONGEST = 25  # frames of a piece
PIECES = 5  # into which the frames of a label are cut at least
APART = 12  # frames between stretches of a label; nearer ones are one stretch
STRETCHES = 3  # of a label, from which whole stretches are kept apart to test on
BETWEEN, WITHIN = "~", "-"  # of marks that are spelled in one line


@dataclass(frozen=True)
class Mark:
    """What a visitor says of frames `first` to `last`, both included."""

    first: int
    last: int
    label: str

    def __len__(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class Piece:
    """Frames `first` to before `beyond` with one label, by its place, and the stretch of this label they are of."""

    first: int
    beyond: int
    label: int
    stretch: int

    def __len__(self) -> int:
        return self.beyond - self.first


def merged(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Order marks, and join those of one label that touch."""
    found: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: mark.first):
        if found and found[-1].label == mark.label and mark.first == found[-1].last + 1:
            found[-1] = replace(found[-1], last=mark.last)
        else:
            found.append(mark)
    return tuple(found)


def marked(marks: Sequence[Mark], new: Mark) -> tuple[Mark, ...]:
    """Add a mark; those that were there before give way to it."""
    kept = [
        part
        for mark in marks
        for part in (
            replace(mark, last=min(mark.last, new.first - 1)),
            replace(mark, first=max(mark.first, new.last + 1)),
        )
        if part.first <= part.last
    ]
    return merged([*dict.fromkeys(kept), new])


def check(marks: Sequence[Mark]) -> None:
    """Raise ValueError with a sentence where `marks`, in the order of their frames, do not make a lesson."""
    sizes: dict[str, int] = {}
    for mark in marks:
        if mark.first < 0 or mark.last < mark.first:
            raise ValueError(f"A mark goes from a frame to a later one or itself, got {mark.first} to {mark.last}.")
        if not 1 <= len(mark.label) <= LABEL_CHARACTERS:
            raise ValueError(f"A label has 1 to {LABEL_CHARACTERS} characters, got “{mark.label[:60]}”.")
        sizes[mark.label] = sizes.get(mark.label, 0) + len(mark)
    for one, other in zip(marks, marks[1:], strict=False):
        if other.first <= one.last:
            raise ValueError(
                f"Frame {other.first + 1:,} is marked “{one.label}” and “{other.label}”. Keep one of them."
            )
    within("the number of marks", len(marks), 1, MOST_MARKS)
    if not 2 <= len(sizes) <= MOST_LABELS:
        raise ValueError(f"Between 2 and {MOST_LABELS} labels can be told apart; the marks have {len(sizes)}.")
    small = next((label for label, size in sizes.items() if size < FEWEST), None)
    if small:
        frames = "1 frame" if sizes[small] == 1 else f"{sizes[small]} frames"
        raise ValueError(f"“{small}” is marked on {frames}; each label needs at least {FEWEST}. Mark a longer stretch.")


def pieces(marks: Sequence[Mark], classes: Sequence[str]) -> list[Piece]:
    """Cut marked stretches into pieces: of every label at least a few, none longer than LONGEST frames."""
    found = []
    for label, name in enumerate(classes):
        mine = [mark for mark in marks if mark.label == name]
        size = max(1, min(LONGEST, sum(map(len, mine)) // PIECES))
        for stretch, mark in zip(_stretches(mine), mine, strict=True):
            edges = [*range(mark.first, mark.last + 1, size), mark.last + 1]
            found += [Piece(*both, label, stretch) for both in zip(edges, edges[1:], strict=False)]
    return found


def frames_read(marks: Sequence[Mark]) -> int:
    """Count the frames that are read in an epoch: those of the pieces, with what is around them."""
    return sum(len(piece) + 2 * CONTEXT for piece in pieces(marks, sorted({mark.label for mark in marks})))


def apart(marks: Sequence[Mark]) -> bool:
    """Say whether whole stretches of every label can be kept apart to test on."""
    labels = {mark.label for mark in marks}
    return all(len(set(_stretches([m for m in marks if m.label == label]))) >= STRETCHES for label in labels)


def spell(marks: Sequence[Mark]) -> str:
    """Write marks in one line, as links carry them."""
    plain = ((mark, mark.label.replace(BETWEEN, WITHIN)) for mark in marks)
    return BETWEEN.join(f"{mark.first}{WITHIN}{mark.last}{WITHIN}{label}" for mark, label in plain)


def read(line: str) -> tuple[Mark, ...]:
    """Read what `spell` wrote; what is none of it is left out."""
    found: tuple[Mark, ...] = ()
    for part in line.split(BETWEEN)[:MOST_MARKS]:
        first, _, rest = part.partition(WITHIN)
        last, _, label = rest.partition(WITHIN)
        numbers = all(each.isascii() and each.isdecimal() and len(each) < 7 for each in (first, last))
        if numbers and int(first) <= int(last) and 1 <= len(label) <= LABEL_CHARACTERS:
            found = marked(found, Mark(int(first), int(last), label))
    return found


def _stretches(mine: Sequence[Mark]) -> list[int]:
    """Number the stretches of one label that its marks are of."""
    numbers: list[int] = []
    for before, mark in zip([None, *mine], mine, strict=False):
        near = before is not None and mark.first - before.last <= APART
        numbers.append((numbers[-1] if numbers else 0) + (0 if near else 1))
    return numbers
