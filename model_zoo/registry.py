"""Registries: the modules of a package, found by import, each contributing one or more named entries."""

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from types import ModuleType
from typing import Generic, TypeVar

T = TypeVar("T")


class UnknownName(ValueError):
    """A name that no registry entry has; the message suggests the near miss and lists what there is."""

    def __init__(self, kind: str, name: str, known: tuple[str, ...]) -> None:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f" Did you mean “{near[0]}”?" if near else ""
        super().__init__(f"There is no {kind} “{name}”.{hint} Known: {', '.join(known)}.")


class Registry(Mapping[str, T], Generic[T]):
    """Entries by name, gathered from the modules of `package` by `collect`.

    Whoever asks for an entry by the name of its file loads that file only; whoever looks around loads all.
    """

    def __init__(self, kind: str, package: str, collect: Callable[[ModuleType], Mapping[str, T]]) -> None:
        self._kind, self._package, self._collect = kind, package, collect

    @cached_property
    def _files(self) -> tuple[str, ...]:
        package = importlib.import_module(self._package)
        return tuple(found.name for found in pkgutil.iter_modules(package.__path__) if not found.ispkg)

    @cached_property
    def _entries(self) -> dict[str, T]:
        entries: dict[str, T] = {}
        for file in self._files:
            entries |= self._of(file)
        return entries

    def _of(self, file: str) -> Mapping[str, T]:
        return self._collect(importlib.import_module(f"{self._package}.{file}"))

    def __getitem__(self, name: str) -> T:
        if name in self._files and name in (own := self._of(name)):
            return own[name]
        try:
            return self._entries[name]
        except KeyError:
            raise UnknownName(self._kind, name, tuple(self._entries)) from None

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
