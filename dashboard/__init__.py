"""The pages, one file each, found by import: TITLE, ICON, SECTION, ORDER and render().

A page is served under the name of its file; `home` is the door. SECTION "" stands in the menu by itself, any other
name opens a drop-down. ORDER sorts the pages of a section, and the sections by their first page. A page that other
pages open says HIDDEN = True and is left out of the menu.
"""

import importlib
import pkgutil
from types import ModuleType

import streamlit as st

HOME = "home"


def names() -> tuple[str, ...]:
    """List the pages by the names of their files; those that begin with an underscore are none."""
    return tuple(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_"))


def pages() -> "dict[str, list[st.Page]]":
    """Give every page by section, as `st.navigation` takes them."""
    modules = sorted((importlib.import_module(f"{__name__}.{name}") for name in names()), key=lambda m: m.ORDER)
    sections: dict[str, list[st.Page]] = {}
    for module in modules:
        sections.setdefault(module.SECTION, []).append(_page(module))
    return sections


def _page(module: ModuleType) -> st.Page:
    name = module.__name__.rpartition(".")[2]
    return st.Page(
        module.render,
        title=module.TITLE,
        icon=module.ICON,
        url_path=name,
        default=name == HOME,
        visibility="hidden" if getattr(module, "HIDDEN", False) else "visible",
    )
