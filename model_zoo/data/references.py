"""What people wrote of pictures: a table with the columns `image` and `caption`, several rows a picture."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from model_zoo.data import texts
from model_zoo.data.spelling import readable

IMAGE, CAPTION = "image", "caption"
MOST_ROWS = 1_000_000


@dataclass(frozen=True)
class References:
    """Captions by the name of the picture, as the table spells it and in its order; `rows` of the table; `left_out`
    counts those that name no picture or say nothing.
    """

    captions: dict[str, tuple[str, ...]]
    rows: int
    left_out: int = 0


def read(content: bytes, name: str) -> References:
    """Read a table, whatever its encoding and the capitals of its columns; raises ValueError with a sentence."""
    head, *below = texts.rows(texts.decoded(content, name)[0], name)
    if len(below) > MOST_ROWS:
        raise ValueError(f"{readable(name)} has {len(below):,} rows; at most {MOST_ROWS:,} are read. Split the file.")
    heads = [cell.strip().casefold() for cell in head]
    image, caption = (_column(heads, wanted, head, name) for wanted in (IMAGE, CAPTION))
    found: dict[str, list[str]] = {}
    for row in below:
        picture = row[image].strip() if image < len(row) else ""
        said = _cell(row, caption, through=caption == len(heads) - 1)
        if picture and said:
            found.setdefault(picture, []).append(said)
    if not found:
        raise ValueError(f"{readable(name)} has no row with a picture's name under “image” and words under “caption”.")
    captions = {picture: tuple(said) for picture, said in found.items()}
    return References(captions, len(below), len(below) - sum(map(len, captions.values())))


def matched(pictures: Iterable[str], references: Iterable[str]) -> dict[str, str]:
    """Find for pictures, by their paths in an archive, the name by which a table calls them.

    It is the same path, or one is the end of the other and belongs to one picture and one name only: `set/dogs/1.jpg`
    is `dogs/1.jpg`, or `1.jpg` where there is no other `1.jpg`. Capitals count only where both could be meant.
    """
    ours, theirs = {name: _parts(name) for name in pictures}, {name: _parts(name) for name in references}
    exact = {parts: name for name, parts in theirs.items()}
    found = {picture: exact[parts] for picture, parts in ours.items() if parts in exact}
    deepest = max((len(parts) for parts in (*ours.values(), *theirs.values())), default=0)
    for depth in range(deepest, 0, -1):
        left, right = _endings(ours, depth), _endings(theirs, depth)
        for ending in left.keys() & right.keys():
            if depth in (len(ours[left[ending]]), len(theirs[right[ending]])):
                found.setdefault(left[ending], right[ending])
    return found


def _column(heads: Sequence[str], wanted: str, shown: Sequence[str], name: str) -> int:
    if wanted not in heads:
        has = ", ".join(cell.strip() for cell in shown)[:200]
        raise ValueError(
            f"{readable(name)} has no column “{wanted}”; its first line says: {readable(has)}. Name the columns image "
            "and caption there, and give every picture one row for each caption."
        )
    return heads.index(wanted)


def _cell(row: Sequence[str], place: int, through: bool = False) -> str:
    """Give a cell; with `through` also what follows, as commas in a sentence are often not put into quotes."""
    cells = row[place:] if through else row[place : place + 1]
    return ", ".join(" ".join(cell.split()) for cell in cells if cell.strip())


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part for part in readable(name).strip().split("/") if part not in ("", "."))


def _endings(names: dict[str, tuple[str, ...]], depth: int) -> dict[tuple[str, ...], str]:
    """Give the names by the last `depth` parts of their paths, capitals aside, where only one has them."""
    ends = {name: tuple(map(str.casefold, parts[-depth:])) for name, parts in names.items() if len(parts) >= depth}
    count = Counter(ends.values())
    return {ending: name for name, ending in ends.items() if count[ending] == 1}
