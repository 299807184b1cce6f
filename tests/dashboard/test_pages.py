"""Every page opened with nothing done yet, and the way from the home page to a first race."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

import dashboard


@pytest.mark.parametrize("name", dashboard.names())
def test_a_page_opens_with_nothing_done_yet(name: str, open_app: Callable[..., AppTest]) -> None:
    app = open_app(name)
    assert not app.exception, app.exception[0].message
    assert len(app.title) == 1, "a page has one title"
    assert app.title[0].value.endswith("?"), "and it is the question the visitor has"


@pytest.mark.parametrize("name", dashboard.names())
def test_a_page_takes_an_address_it_cannot_read(name: str, open_app: Callable[..., AppTest]) -> None:
    app = open_app(name, data="<script>", backbone="nothing", strategy="?:=,", job="0" * 32, preset="none")
    assert not app.exception, app.exception[0].message


def test_pages_say_what_the_menu_needs() -> None:
    from importlib import import_module

    for name in dashboard.names():
        page = import_module(f"dashboard.{name}")
        assert page.TITLE
        assert page.ICON.startswith(":material/")
        assert isinstance(page.SECTION, str)
        assert page.ORDER >= 0


def test_home_comes_first_and_hidden_files_are_no_pages() -> None:
    sections = dashboard.pages()
    assert next(iter(sections)) == ""
    assert sections[""][0]._default
    assert not any(name.startswith("_") for name in dashboard.names())


def test_the_button_of_the_home_page_asks_for_a_race_on_drawn_surfaces(open_app: Callable[..., AppTest]) -> None:
    app = open_app("home")
    app.button(key="home.start").click().run()
    assert app.query_params == {"preset": "classics", "data": "materials"}
