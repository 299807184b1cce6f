"""From a ZIP to a start, in a real browser: what is chosen, prepared, drawn, estimated and queued."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from model_zoo.estimates import Speed, remembered_file
from model_zoo.experiments import leases
from model_zoo.experiments.store import Store
from tests.browser.server import photograph, settle

Visit = Callable[..., Page]
CLASSES = ("unripe & green", "<img src=x>", "열매")
EACH = 9
FIRST_RACE = "compare?preset=classics&data=materials"


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """Wait longer than usual: a worker that wakes for the first time takes a while on a busy machine."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def told_speed(dashboard_home: Path) -> None:
    """Put down what a trial would find out, so that no test waits for one."""
    stages = 6
    speed = Speed(
        device="cpu, 1 threads",
        precision="fp32",
        memory_format="contiguous",
        train=(0.004,) * (stages - 1) + (0.00002,),
        forward=(0.001,) * stages,
        row_bytes=(98_304, 98_304, 49_152, 20_480, 640),
        view=0.0002,
        saved_bytes=2_000_000,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_HOME", str(dashboard_home))
        file = remembered_file("auto", "resnet_mini", 64, "auto")
    file.write_text(json.dumps(asdict(speed)))


@pytest.fixture
def store(dashboard_home: Path, told_speed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Give the dashboard's store; afterwards its jobs are cancelled."""
    monkeypatch.setenv("THAW_HOME", str(dashboard_home))
    opened = Store()
    yield opened
    for job in opened.jobs(None):
        opened.request_cancel(job.id, None)
    opened.engine.dispose()


@pytest.fixture(scope="module", autouse=True)
def no_worker_is_left(dashboard_home: Path) -> Iterator[None]:
    yield
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_HOME", str(dashboard_home))
        opened = Store()
        for lane in ("io", "device"):
            lease = leases.find(opened.engine, lane)
            if lease and (process := lease.process()):
                process.kill()
        opened.engine.dispose()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a ZIP in a wrapping folder: three classes with names of any kind, a twin, a broken picture, and litter."""
    file = tmp_path_factory.mktemp("zip") / "my fruit.zip"
    generator = np.random.default_rng(0)
    with zipfile.ZipFile(file, "w") as archive:
        for place, name in enumerate(CLASSES):
            for number in range(EACH):
                archive.writestr(f"fruit/{name}/{number}.png", _picture(generator, place))
        twin = _picture(generator, 0)
        archive.writestr(f"fruit/{CLASSES[0]}/twin.png", twin)
        archive.writestr(f"fruit/{CLASSES[1]}/twin.png", twin)
        archive.writestr(f"fruit/{CLASSES[1]}/torn.jpg", b"\xff\xd8\xff\xe0 and no more")
        archive.writestr("fruit/.DS_Store", b"litter")
    return file


def _picture(generator: np.random.Generator, channel: int) -> bytes:
    pixels = generator.integers(0, 120, (48, 64, 3), dtype=np.uint8)
    pixels[..., channel] += 100
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def step(page: Page, number: int) -> Locator:
    return page.get_by_role("button", name=f"Step {number}, ")


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("checkbox", name=name)


def test_a_zip_is_dropped_described_and_raced(visit: Visit, store: Store, archive: Path) -> None:
    page = visit("compare")
    start = page.get_by_role("button", name="Start the race")
    expect(start).to_be_disabled()
    page.get_by_role("radio", name="Your own").click()
    page.locator('input[type="file"]').set_input_files(archive)

    expect(page.get_by_text(f"{3 * EACH + 2} pictures in 3 classes.")).to_be_visible(timeout=30_000)
    expect(step(page, 1)).to_have_accessible_name(f"Step 1, Data: my fruit.zip · {3 * EACH + 2} pictures")
    for name in CLASSES:
        expect(page.get_by_role("listitem", name=name)).to_be_visible()
    assert page.locator(".portrait img").first.evaluate("img => img.naturalWidth") > 0
    expect(page.get_by_text("1 picture stands in more than one class")).to_be_visible()
    page.get_by_text("1 file was left out").click()
    expect(page.get_by_text("torn.jpg")).to_be_visible()

    step(page, 3).click()
    card(page, "Full fine-tuning, rate 0.1").uncheck()
    card(page, "Train the last stages, k 1").check()
    expect(step(page, 3)).to_have_accessible_name("Step 3, Strategies: 3 strategies")
    expect(page.locator(".start-told")).to_contain_text("a few seconds")
    start.click()
    page.wait_for_url("**/comparison?id=*")
    job = store.job(parse_qs(urlsplit(page.url).query)["id"][0], None)
    assert job.kind == "compare"
    assert job.spec["strategies"] == ["linear_probe", "freeze_first:k=2", "last_stages:k=1"]
    assert job.spec["data"].startswith("upload:")
    assert job.lane == "quick"
    assert 0 < job.estimate_seconds < 30


def test_an_upload_is_deleted_after_asking(visit: Visit, store: Store, archive: Path, dashboard_home: Path) -> None:
    page = visit("compare")
    page.get_by_role("radio", name="Your own").click()
    page.locator('input[type="file"]').set_input_files(archive)
    expect(page.get_by_text(f"{3 * EACH + 2} pictures in 3 classes.")).to_be_visible()
    reference = parse_qs(urlsplit(page.url).query)["data"][0]
    kept = dashboard_home / "uploads" / reference.removeprefix("upload:")
    settle(page)
    page.get_by_role("button", name="Delete these pictures").click()
    expect(page.get_by_text("“my fruit.zip” for good?")).to_be_visible()
    assert kept.exists()
    page.get_by_role("button", name="Delete them").click()
    expect(step(page, 1)).to_have_accessible_name("Step 1, Data: Choose pictures")
    expect(page.get_by_text("Drop a ZIP or TAR with one folder for each class")).to_be_visible()
    assert not kept.exists()


def test_of_two_uploads_that_failed_only_the_second_is_spoken_of(visit: Visit, store: Store) -> None:
    page = visit("compare")
    page.get_by_role("radio", name="Your own").click()
    for name, sentence in (("cat.zip", "“cat.zip” is neither ZIP nor TAR"), ("dog.tar", "“dog.tar” is neither")):
        broken = {"name": name, "mimeType": "application/zip", "buffer": b"nothing of the kind"}
        page.locator('input[type="file"]').set_input_files(broken)
        expect(page.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
        settle(page)
    assert page.get_by_role("alert").filter(has_text="is neither").count() == 1
    assert page.get_by_text("cat.zip").count() == 0


def test_a_dropped_folder_is_taken_as_it_lies(visit: Visit, store: Store, archive: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(archive) as held:
        held.extractall(tmp_path)
    page = visit("compare")
    page.get_by_role("radio", name="Your own").click()
    page.get_by_text("A folder", exact=True).click()
    page.locator("input[webkitdirectory]").set_input_files(tmp_path / "fruit")
    expect(page.get_by_text(f"{3 * EACH + 2} pictures in 3 classes.")).to_be_visible(timeout=30_000)


def test_classes_made_on_the_page_outlive_a_folded_step(visit: Visit, store: Store, archive: Path) -> None:
    with zipfile.ZipFile(archive) as held:
        files = [
            {"name": f"{number}.png", "mimeType": "image/png", "buffer": held.read(f"fruit/{CLASSES[0]}/{number}.png")}
            for number in range(8)
        ]
    page = visit("compare")
    page.get_by_role("radio", name="Your own").click()
    page.get_by_text("Classes made here").click()
    expect(page.locator('input[type="file"]')).to_have_count(2)
    page.locator('input[type="file"]').first.set_input_files(files[:4])
    expect(page.get_by_text("4 pictures")).to_be_visible()
    page.get_by_label("Name of the class").first.fill("left")
    page.get_by_label("Name of the class").first.press("Enter")
    expect(page.get_by_text("Every class needs a name.")).to_be_visible()
    step(page, 1).click()
    step(page, 1).click()
    expect(page.get_by_label("Name of the class").first).to_have_value("left")
    settle(page)
    page.get_by_label("Name of the class").nth(1).fill("right")
    page.get_by_label("Name of the class").nth(1).press("Enter")
    expect(page.get_by_text("At least 3 pictures are needed of: right.")).to_be_visible()
    page.locator('input[type="file"]').nth(1).set_input_files(files[4:])
    page.get_by_role("button", name="Use these pictures").click()
    expect(step(page, 1)).to_have_accessible_name("Step 1, Data: left, right · 8 pictures")


def test_a_class_is_photographed_picture_by_picture(visit: Visit, store: Store) -> None:
    page = visit("compare")
    page.get_by_role("radio", name="Your own").click()
    page.get_by_text("Classes made here").click()
    page.get_by_role("button", name="Webcam").first.click()
    for taken in ("1 picture", "2 pictures"):
        photograph(page)
        expect(page.get_by_text(taken, exact=True)).to_be_visible()
    page.get_by_role("button", name="Webcam off").click()
    expect(page.get_by_role("button", name="Take Photo")).to_have_count(0)
    expect(page.get_by_text("2 pictures", exact=True)).to_be_visible()


def test_preparing_is_cancelled_and_tried_again(visit: Visit, store: Store) -> None:
    page = visit("compare?data=materials:per_class=500&epochs=6")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Preparing the pictures: cancelled.")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    expect(page.get_by_text("cancelled.")).to_have_count(0)


def test_a_first_race_arrives_ready_and_more_epochs_cost_more(visit: Visit, store: Store) -> None:
    page = visit(FIRST_RACE)
    expect(page.get_by_role("button", name="Start the race")).to_be_enabled(timeout=30_000)
    expect(step(page, 1)).to_have_accessible_name("Step 1, Data: Materials · 400 pictures")
    expect(step(page, 3)).to_have_accessible_name("Step 3, Strategies: Three classics")
    told = page.locator(".start-told")
    before = told.inner_text()
    step(page, 4).click()
    page.get_by_role("spinbutton", name="Epochs").fill("60")
    page.keyboard.press("Enter")
    expect(told).not_to_have_text(before)
    expect(told).to_contain_text("min")
    assert parse_qs(urlsplit(page.url).query)["epochs"] == ["60"]
    page.reload()
    settle(page)
    expect(step(page, 4)).to_have_accessible_name("Step 4, Budget: 60 epochs × 3 seeds")
    assert told.inner_text() != before


def test_settings_of_one_strategy_stand_side_by_side_by_keyboard(visit: Visit, store: Store) -> None:
    page = visit(FIRST_RACE)
    page.get_by_role("button", name="Freeze the first stages: k 2, change").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Add another setting").focus()
    page.keyboard.press("Enter")
    expect(card(page, "Freeze the first stages, k 3")).to_be_checked()
    page.get_by_role("button", name="Freeze the first stages: k 3, change").click()
    page.get_by_role("spinbutton", name="k").fill("4")
    page.keyboard.press("Enter")
    expect(card(page, "Freeze the first stages, k 4")).to_be_checked()
    expect(card(page, "Freeze the first stages, k 2")).to_be_checked()
    chosen = parse_qs(urlsplit(page.url).query)["strategies"][0].split(",")
    assert chosen == ["linear_probe", "full:rate=0.1", "freeze_first:k=2", "freeze_first:k=4"]


def test_a_painting_joins_the_race(visit: Visit, store: Store) -> None:
    page = visit(FIRST_RACE)
    page.get_by_text("Paint your own").click()
    page.get_by_role("rowheader", name="stage4").click()
    page.get_by_role("button", name="Add it to the race").click()
    expect(card(page, "Your own")).to_be_checked()
    chosen = parse_qs(urlsplit(page.url).query)["strategies"][0].split(",")
    assert chosen[-1] == "custom:map=stem=0;stage1=0;stage2=0;stage3=0;stage4=1;head=1"


@pytest.mark.parametrize("narrow", [True, False], ids=["narrow", "wide"])
def test_every_panel_fits_its_screen(visit: Visit, store: Store, narrow: bool) -> None:
    page = visit(FIRST_RACE, narrow=narrow, dark=narrow)
    expect(page.get_by_role("button", name="Start the race")).to_be_enabled(timeout=30_000)
    for number in (1, 2, 4):
        step(page, number).click()
        expect(step(page, number)).to_have_attribute("aria-expanded", "true")
        settle(page)
        wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert wide <= page.viewport_size["width"]
        expect(page.get_by_role("button", name="Start the race")).to_be_in_viewport()
