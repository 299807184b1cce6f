"""The one client of the inference process. Starts it on first need, and again when it was killed. No torch here."""

import base64
import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx

from model_zoo.home import home
from model_zoo.rnn.frame_labels import FrameLabels
from model_zoo.rnn.prediction import Prediction
from model_zoo.service_address import COMMAND, FOLDER, log_path, socket_path

SECONDS_TO_START = 60.0  # on a machine whose cores are all training
SECONDS_TO_ANSWER = 30.0
SECONDS_OF_GRACE = 5.0  # that a refusal may come after the deadline
SECONDS_OF_HEALTH = 5.0
LARGEST_LOG = 2**20  # bytes, then a new one is begun
_starting = threading.Lock()  # sessions of one web process wait for one start
_children: list[subprocess.Popen[bytes]] = []  # kept so that they are reaped


class InferenceError(ValueError):
    """The inference process refused or cannot be reached; the sentence is for the visitor. `status` is HTTP's, or 0."""

    def __init__(self, sentence: str, status: int = 0) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True)
class Guess:
    """A class by name, and the probability, a fraction, that a network gives it."""

    name: str
    probability: float


@dataclass(frozen=True)
class Answer:
    """The likeliest classes, best first, and a PNG of where the network found its evidence for the first of them."""

    guesses: tuple[Guess, ...]
    overlay: bytes


@dataclass(frozen=True)
class RunAnswer(Answer):
    """What one run of a comparison answered; `run` is its index in the result's list of runs."""

    run: int
    strategy: str
    seed: int


@dataclass(frozen=True)
class FeaturesAnswer:
    """What the classifiers of a features job make of a picture: the answer of each row by name, the most similar
    training pictures (index into the set, cosine similarity), and its place on the map, where one was drawn.
    """

    rows: tuple[tuple[str, tuple[Guess, ...]], ...]
    neighbours: tuple[tuple[int, float], ...]
    place: tuple[float, float] | None
    missing: tuple[tuple[str, str], ...] = ()  # rows that do not answer, and why


@dataclass(frozen=True)
class FilterPictures:
    """PNG grids of the first-layer filters before and after training, and how far each `moved`: ‖change‖ / ‖before‖."""

    before: bytes
    after: bytes
    moved: tuple[float, ...]


@dataclass(frozen=True)
class StageShape:
    """One stage at one picture size: its layers in words, each with how many times in a row it stands there; the
    `shape` of what it gives for one picture, (channels, height, width) or otherwise; the
    channels of its maps, which can be shown one by one; parameters, multiply-adds.
    """

    name: str
    layers: tuple[tuple[str, int], ...]
    shape: tuple[int, ...]
    channels: int
    parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class Architecture:
    """The stages of a network, input first, and the names of the classes of its pre-training, where they are known."""

    stages: tuple[StageShape, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True)
class FirstFilters:
    """A PNG grid of the first-layer filters of a pre-trained network, how many they are, and their side in pixels."""

    picture: bytes
    count: int
    kernel: int


@dataclass(frozen=True)
class Cut:
    """Accuracy of a tower on its test `pictures`, as a whole and without the blocks that were cut; fractions."""

    whole: float
    without: float
    pictures: int


class Inference:
    """Ask the inference process. Cheap to make, and safe to share among threads.

    `seconds` is the deadline of a question. `options` are for the process, where this starts it.
    Every question raises InferenceError with a sentence for the visitor.
    """

    def __init__(
        self,
        seconds: float = SECONDS_TO_ANSWER,
        seconds_to_start: float = SECONDS_TO_START,
        options: tuple[str, ...] = (),
    ) -> None:
        self.seconds, self.seconds_to_start, self.options = seconds, seconds_to_start, options

    def classify(self, job: str, picture: bytes, runs: Literal["best", "all"] = "best") -> list[RunAnswer]:
        """Ask the best seed of each strategy, or all runs, of the finished comparison `job` what a picture shows.

        `picture` is the content of a file in any format that uploads may have.
        """
        found = self._ask("POST", "/classify", {"job": job, "runs": runs}, picture)["answers"]
        return [RunAnswer(_guesses(a), _decoded(a["overlay"]), a["run"], a["strategy"], a["seed"]) for a in found]

    def classify_backbone(self, backbone: str, picture: bytes) -> Answer:
        """Ask a pre-trained network what a picture file shows, in the classes of its pre-training."""
        found = self._ask("POST", "/classify_backbone", {"backbone": backbone}, picture)["answer"]
        return Answer(_guesses(found), _decoded(found["overlay"]))

    def try_features(self, job: str, picture: bytes, map: str = "") -> FeaturesAnswer:
        """Ask every classifier of the finished features job `job` what a picture file shows; `map` is a map of it."""
        query = {"job": job} | ({"map": map} if map else {})
        found = self._ask("POST", "/features/try", query, picture)
        return FeaturesAnswer(
            tuple((row["name"], _guesses({"guesses": row["scores"]})) for row in found["rows"]),
            tuple((near["picture"], near["similarity"]) for near in found["neighbours"]),
            tuple(found["place"]) if found.get("place") else None,
            tuple((row["name"], row["sentence"]) for row in found["missing"]),
        )

    def caption(self, picture: bytes, kind: str = "attention", how: str = "beam", beginning: str = "") -> Prediction:
        """Ask what a picture file shows, word by word; see model_zoo.rnn.captioning for `kind` and `how`."""
        query = {"kind": kind, "how": how, "beginning": beginning}
        return Prediction.from_json(self._ask("POST", "/caption", query, picture))

    def sentiment(self, text: str, language: str = "") -> Prediction:
        """Read a text closely, in `language` or in the one it looks like."""
        query = {"language": language} if language else {}
        return Prediction.from_json(self._ask("POST", "/sentiment", query, text.encode("utf-8", errors="replace")))

    def tags(self, text: str, task: str) -> Prediction:
        """Tag every word of a text: `task` is ner or pos."""
        return Prediction.from_json(self._ask("POST", "/tag", {"task": task}, text.encode("utf-8", errors="replace")))

    def transitions(self, task: str) -> tuple[list[str], list[list[float | None]]]:
        """Give the tags of a task, and how willingly one (row) is followed by another (column); None: never."""
        found = self._ask("GET", "/transitions", {"task": task})
        return found["tags"], found["scores"]

    def frames(self, seed: int) -> tuple[bytes, dict[str, FrameLabels]]:
        """Give the clip of digits that a number draws, an MP4, and by task what is true and said of its frames."""
        found = self._ask("GET", "/frames", {"seed": str(seed)})
        return _decoded(found["film"]), {task: FrameLabels.from_json(each) for task, each in found["tasks"].items()}

    def cut(self, job: str, run: str, blocks: Sequence[int]) -> Cut:
        """Ask how right a trained tower is without some blocks, 0 first; without a `job`, one that is shipped."""
        query = {"job": job, "run": run, "blocks": ",".join(map(str, blocks))}
        return Cut(**self._ask("GET", "/cut", query))

    def filters(self, job: str, run: int) -> FilterPictures:
        """Give the first-layer filters of a run before and after training."""
        found = self._ask("GET", "/filters", {"job": job, "run": str(run)})
        return FilterPictures(_decoded(found["before"]), _decoded(found["after"]), tuple(found["moved"]))

    def backbone_filters(self, backbone: str) -> FirstFilters:
        """Give the first-layer filters of a pre-trained network whose weights are on this machine."""
        found = self._ask("GET", "/backbone_filters", {"backbone": backbone})
        return FirstFilters(_decoded(found["filters"]), found["count"], found["kernel"])

    def architecture(self, backbone: str, size: int) -> Architecture:
        """Measure a network at a picture size in pixels; its weights need not be on this machine."""
        found = self._ask("GET", "/architecture", {"backbone": backbone, "size": str(size)})
        return Architecture(tuple(map(_stage, found["stages"])), tuple(found["classes"]))

    def health(self) -> dict[str, Any] | None:
        """Say how the process is: pid, busy, models, bytes; None where it does not run. Starts nothing."""
        try:
            with _client(SECONDS_OF_HEALTH) as client:
                return client.get("/health").raise_for_status().json()
        except (httpx.TransportError, httpx.HTTPStatusError):
            return None

    def _ask(self, method: str, path: str, query: dict[str, str], body: bytes = b"") -> dict[str, Any]:
        for attempt in (1, 2):  # once more where the process was killed while it worked
            self._wake()
            try:
                with _client(self.seconds + SECONDS_OF_GRACE) as client:
                    query = query | {"seconds": f"{self.seconds:g}"}
                    return _read(client.request(method, path, params=query, content=body))
            except httpx.TimeoutException as error:
                raise InferenceError(f"The inference process does not answer. Its log is {log_path()}.") from error
            except httpx.TransportError as error:
                if attempt == 2:
                    sentence = f"The inference process ended twice at this question. Its log, {log_path()}, says why."
                    raise InferenceError(sentence) from error
        raise AssertionError("unreachable")

    def _wake(self) -> None:
        """See to it that a process answers; raises InferenceError where none does in time."""
        if self.health() is not None:
            return
        with _starting:
            end, child = time.monotonic() + self.seconds_to_start, None
            while self.health() is None:
                if time.monotonic() > end:
                    waited = f"did not answer within {self.seconds_to_start:g} s"
                    raise InferenceError(f"The inference process {waited}. Its log, {log_path()}, says why.")
                if child is None or child.poll() is not None:
                    _check(child)
                    child = _start(self.options)
                time.sleep(0.05)


def _check(child: subprocess.Popen[bytes] | None) -> None:
    """Raise where a child could not start. One that was killed, or found another at work, says nothing of the next."""
    if child is not None and child.returncode > 0:
        raise InferenceError(f"The inference process could not start. Its log, {log_path()}, says why.")


def _start(options: tuple[str, ...]) -> subprocess.Popen[bytes]:
    _children[:] = [child for child in _children if child.poll() is None]
    environment = os.environ | {"THAW_HOME": str(home().resolve())}
    with _log().open("ab") as log:
        child = subprocess.Popen(
            [*COMMAND, *options],
            cwd=FOLDER,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _children.append(child)
    return child


def _log() -> Path:
    path = log_path()
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        path.rename(path.with_suffix(".old.log"))
    return path


def _client(seconds: float) -> httpx.Client:
    # One connection a question: on a local socket it costs nothing, and none outlives a process that was killed.
    transport = httpx.HTTPTransport(uds=str(socket_path()), verify=False, trust_env=False)
    return httpx.Client(transport=transport, base_url="http://inference", timeout=seconds, trust_env=False)


def _read(response: httpx.Response) -> dict[str, Any]:
    if response.is_success:
        return response.json()
    if response.headers.get("content-type") == "application/json":
        raise InferenceError(response.json()["sentence"], response.status_code)
    if response.status_code == 500:  # what goes wrong is told in JSON: this process was ending while it was asked
        raise httpx.RemoteProtocolError("The process ended before it had answered.")
    raise InferenceError(f"The inference process answered “{response.text[:200]}”.", response.status_code)


def _guesses(answer: dict[str, Any]) -> tuple[Guess, ...]:
    return tuple(Guess(guess["name"], guess["probability"]) for guess in answer["guesses"])


def _stage(told: dict[str, Any]) -> StageShape:
    layers = tuple((layer["words"], layer["times"]) for layer in told["layers"])
    return StageShape(**told | {"layers": layers, "shape": tuple(told["shape"])})


def _decoded(text: str) -> bytes:
    return base64.b64decode(text)
