"""Every page opened with nothing done yet, and the way from the home page to a first race."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

import dashboard
from components import jobs
from model_zoo.experiments.store import Store


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


def test_the_button_of_the_home_page_starts_a_race_on_drawn_surfaces(
    open_app: Callable[..., AppTest], queue: Store
) -> None:
    app = open_app("home")
    app.button(key="home.start").click().run()
    (job,) = queue.jobs(None)
    assert (job.kind, job.spec["data"], job.spec["seeds"]) == ("compare", "materials:per_class=16", 3)
    assert (job.spec["epochs"], job.spec["within_seconds"]) == (6, 30)
    assert job.spec["strategies"] == ["linear_probe", "full:rate=0.1", "freeze_first:k=2"]
    assert app.query_params == {"id": job.id}
    assert "for its worker to wake" in " ".join(element.proto.body for element in app.get("html"))


def test_workers_get_up_while_a_visitor_reads_the_home_page(
    open_app: Callable[..., AppTest], queue: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[object] = []
    monkeypatch.setattr(type(jobs.executor()), "wake", lambda self: woken.append(self))
    open_app("home")
    assert woken
    assert not queue.jobs(None)


def test_a_first_race_that_is_under_way_is_opened_and_not_started_twice(
    open_app: Callable[..., AppTest], queue: Store
) -> None:
    for _ in range(2):
        app = open_app("home")
        app.button(key="home.start").click().run()
    (job,) = queue.jobs(None)
    assert app.query_params == {"id": job.id}
    queue.request_cancel(job.id, None)
    app = open_app("home")
    app.button(key="home.start").click().run()
    assert len(queue.jobs(None)) == 2


def test_whoever_would_rather_choose_finds_the_compare_page_filled_in(open_app: Callable[..., AppTest]) -> None:
    (link,) = [link for link in open_app("home").get("page_link") if link.proto.label == "Choose for yourself"]
    assert link.proto.page == "compare"
    assert "preset=classics" in link.proto.query_string
