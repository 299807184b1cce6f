"""Tags in IOB2 (Tjong Kim Sang & Veenstra 1999): B- begins an entity, I- goes on with it, O stands outside."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

OUTSIDE = "O"


@dataclass(frozen=True)
class Entity:
    """Words `first` up to but without `beyond` of a sentence, together a `label`."""

    label: str
    first: int
    beyond: int


def iob2(labels: Iterable[str]) -> tuple[str, ...]:
    """Give all tags for entities of these labels, OUTSIDE first."""
    return (OUTSIDE, *(f"{kind}-{label}" for label in labels for kind in "BI"))


def starts(tag: str) -> bool:
    """Say whether a sentence may start with `tag`; tags that are not IOB2, such as parts of speech, always may."""
    return not tag.startswith("I-")


def follows(before: str, tag: str) -> bool:
    """Say whether `tag` may follow `before`: I-X only goes on with an X."""
    return starts(tag) or before[1:] == tag[1:]


def repaired(tags: Sequence[str]) -> list[str]:
    """Begin with B- every entity that begins with I-, as in data that only knows I-."""
    before = (OUTSIDE, *tags)
    return [tag if follows(before[place], tag) else f"B-{tag[2:]}" for place, tag in enumerate(tags)]


def entities(tags: Sequence[str]) -> list[Entity]:
    """Give the entities of a sentence's valid tags, in order."""
    found: list[Entity] = []
    for place, tag in enumerate(tags):
        if tag.startswith("B-"):
            found.append(Entity(tag[2:], place, place + 1))
        elif tag.startswith("I-"):
            found[-1] = Entity(found[-1].label, found[-1].first, place + 1)
    return found


def without(tags: Sequence[str], labels: Iterable[str]) -> list[str]:
    """Put OUTSIDE in the place of every entity of these labels."""
    dropped = set(labels)
    return [OUTSIDE if tag[2:] in dropped else tag for tag in tags]
