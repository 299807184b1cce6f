"""Downloading weights from a server on this machine, which can be made to fail in the ways that servers do."""

import threading
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch

from model_zoo import backbones
from model_zoo.backbones import weights
from model_zoo.backbones.backbone import Download, softmax
from model_zoo.events import Finished, Progress, Started
from model_zoo.experiments.jobs import weights as job

CONTENT = (
    torch.randint(256, (3_000_000,), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)).numpy().tobytes()
)
NAME = "mobilenet_v3_small"
FILE = "small-1234.pth"


class Server(ThreadingHTTPServer):
    """Serves `content`; breaks off after `cut` bytes, honours ranges or not, and remembers what was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.content, self.cut, self.ranges, self.asked = CONTENT, None, True, []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/models/{FILE}"


class Answer(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append(wanted)
        if self.server.content is None:
            return self.send_error(404)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.server.ranges else 0
        if start >= len(self.server.content):
            return self.send_error(416)
        body = self.server.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.cut])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def homes(tmp_path, monkeypatch):
    monkeypatch.setenv("THAW_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(weights, "SECONDS_BETWEEN_PROGRESS", 0.0)


@pytest.fixture
def server():
    with Server() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def row(url, content=CONTENT):
    return replace(backbones.get(NAME), weights=Download(url, sha256(content).hexdigest()[:8], len(content)))


@pytest.fixture
def backbone(server):
    return row(server.url)


def fetch(backbone):
    """Run the download; gives its events and the file."""
    events, work = [], weights.fetch(backbone)
    while True:
        try:
            events.append(next(work))
        except StopIteration as end:
            return events, end.value


def part():
    return weights.folder() / f"{FILE}.part"


def test_a_download_tells_how_far_it_is_and_leaves_one_whole_file_where_torch_hub_looks(backbone, tmp_path):
    assert not weights.weights_ready(backbone)
    events, file = fetch(backbone)
    assert file == tmp_path / "home" / "torch" / "hub" / "checkpoints" / FILE
    assert file.read_bytes() == CONTENT
    assert list(file.parent.iterdir()) == [file]
    done = [event.done for event in events]
    assert all(isinstance(event, Progress) for event in events)
    assert len(done) >= 3
    assert done == sorted(done)
    assert done[-1] == 1.0
    assert "MobileNetV3 small, 3.0 of 3.0 MB" in events[-1].doing
    assert weights.weights_ready(backbone)
    assert weights.path(backbone) == file


def test_a_file_that_is_there_is_not_fetched_again(backbone, server):
    fetch(backbone)
    assert fetch(backbone) == ([], weights.path(backbone))
    assert len(server.asked) == 1


def test_a_file_in_the_own_cache_of_torch_hub_serves_as_well(backbone, server, tmp_path):
    existing = tmp_path / "torch" / "hub" / "checkpoints" / FILE
    existing.parent.mkdir(parents=True)
    existing.write_bytes(CONTENT)
    assert weights.weights_ready(backbone)
    assert fetch(backbone) == ([], existing)
    assert weights.path(backbone) == existing
    assert server.asked == []


def test_a_wrong_checksum_is_refused_and_nothing_of_it_stays(backbone, server):
    server.content = b"<html>Sign in to this network</html>" + CONTENT[36:]
    with pytest.raises(ValueError, match="is not the weights of MobileNetV3 small: its SHA-256 begins with"):
        fetch(backbone)
    assert list(weights.folder().iterdir()) == []
    server.content = CONTENT
    assert fetch(backbone)[1].read_bytes() == CONTENT


def test_a_lost_connection_keeps_what_came_and_the_next_attempt_fetches_the_rest(backbone, server):
    server.cut = 1_200_000
    with pytest.raises(ValueError, match=r"ended after 1\.2 of 3\.0 MB\. The 1\.2 MB that have come are kept"):
        fetch(backbone)
    assert not weights.weights_ready(backbone)
    server.cut = None
    events, file = fetch(backbone)
    assert server.asked == [None, "bytes=1200000-"]
    assert events[0].done > 0.4
    assert file.read_bytes() == CONTENT


def test_a_cancelled_download_goes_on_later(backbone, server):
    work = weights.fetch(backbone)
    next(work)
    work.close()
    kept = part().stat().st_size
    assert 0 < kept < len(CONTENT)
    assert fetch(backbone)[1].read_bytes() == CONTENT
    assert server.asked[-1] == f"bytes={kept}-"


def test_a_server_without_ranges_sends_it_all_again(backbone, server):
    part().write_bytes(CONTENT[:1000])
    server.ranges = False
    assert fetch(backbone)[1].read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_given_up(backbone, server):
    part().write_bytes(CONTENT + b"more")
    assert fetch(backbone)[1].read_bytes() == CONTENT
    assert server.asked == [f"bytes={len(CONTENT) + 4}-", None]


def test_a_part_that_lacks_only_its_name_is_taken_without_asking(backbone, server):
    part().write_bytes(CONTENT)
    assert fetch(backbone)[1].read_bytes() == CONTENT
    assert server.asked == []


def test_a_damaged_file_is_not_loaded_and_the_next_download_replaces_it(backbone):
    _, file = fetch(backbone)
    file.write_bytes(CONTENT[:-1])
    with pytest.raises(ValueError, match=f"The weights of MobileNetV3 small in .*{FILE} are damaged"):
        weights.path(backbone)
    fetch(backbone)
    assert weights.path(backbone).read_bytes() == CONTENT


def test_without_a_server_the_sentence_names_url_folder_and_shipped_networks():
    away = row("http://127.0.0.1:9/models/small.pth")
    with pytest.raises(ValueError, match="The download of the weights of MobileNetV3 small failed") as error:
        fetch(away)
    assert all(
        word in str(error.value)
        for word in ("http://127.0.0.1:9/models/small.pth", str(weights.folder()), "resnet_mini")
    )


def test_a_file_that_the_server_does_not_have_is_said(server):
    server.content = None
    with pytest.raises(ValueError, match="failed: Not Found"):
        fetch(row(server.url))


def test_a_full_disk_is_seen_before_it_is_written_to(backbone, monkeypatch):
    monkeypatch.setattr(weights.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 2_000_000}))
    with pytest.raises(ValueError, match=r"need 3\.0 MB more, and .* has 2\.0 MB free"):
        fetch(backbone)


def test_shipped_weights_are_always_ready_and_need_no_download():
    shipped = backbones.get("resnet_mini")
    assert weights.weights_ready(shipped)
    with pytest.raises(ValueError, match="ResNet mini are shipped with Thaw"):
        fetch(shipped)


def test_the_job_downloads_what_the_backbone_then_loads(server, tmp_path, monkeypatch):
    source = backbones.get(NAME)
    trained = source.network(1000, seed=1, pretrained=False)
    torch.save(as_torchvision_names(trained), tmp_path / FILE)
    server.content = (tmp_path / FILE).read_bytes()
    patched = row(server.url, server.content)
    monkeypatch.setitem(backbones.REGISTRY._entries, NAME, patched)
    events = list(job.run({"backbone": NAME}, context=None))
    assert isinstance(events[0], Started)
    assert events[-1] == Finished({"backbone": NAME, "file": str(weights.path(patched))})
    network = backbones.get(NAME).network(5, seed=2)
    assert torch.equal(network.stem[0].weight, trained.stem[0].weight)
    assert softmax(network).out_features == 5


def as_torchvision_names(network):
    from torchvision.models import mobilenet_v3_small

    names = mobilenet_v3_small().state_dict().keys()  # both list their modules in the order of their running
    return dict(zip(names, network.state_dict().values(), strict=True))


def test_the_job_has_nothing_to_do_for_a_shipped_network():
    assert list(job.run({"backbone": "resnet_mini"}, context=None))[-1] == Finished(
        {"backbone": "resnet_mini", "file": None}
    )


def test_the_job_says_in_one_line_what_it_fetches():
    assert job.describe({"backbone": "vgg16"}) == "Weights of VGG-16, 553 MB"
    assert job.describe({"backbone": "resnet_mini"}) == "Weights of ResNet mini, shipped"
    assert job.LANE == "io"
