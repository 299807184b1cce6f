"""What archives are made of: members, and what is left out with a reason."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """One file of an archive or folder. `position` counts entries from 0; `place` is its path, in a folder only."""

    name: str
    bytes: int
    position: int
    place: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A file that is not used. `reason` is a phrase that goes on from its name: “is a link”."""

    name: str
    reason: str

    @property
    def sentence(self) -> str:
        return f"“{self.name}” {self.reason}."


class Refused(ValueError):
    """An archive that cannot be used at all; until it is `titled`, the text is a phrase that goes on from its name."""

    def __init__(self, text: str, titled: bool = False) -> None:
        super().__init__(text)
        self.titled = titled
