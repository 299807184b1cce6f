"""The inference process: small answers over HTTP on a Unix socket, from one process a machine and THAW_HOME.

    python -m model_zoo.service [--idle-seconds 600] [--memory-bytes 0] [--deadline-seconds 30]

Pages start it on first need through `components.inference` and never speak to it themselves. It is for this user only:
the socket lies in a private folder, and a comparison is named by an id of 128 random bits.

    GET  /health                       {"pid", "busy", "models", "bytes"}
    POST /classify?job=&runs=best|all  {"answers": [{"run", "strategy", "seed", "guesses", "overlay"}]}
    POST /classify_backbone?backbone=  {"answer": {"guesses", "overlay"}}
    POST /features/try?job=&map=       {"rows": [{"name", "scores": [{"name", "probability"}]}], "missing", "stage",
                                        "neighbours": [{"picture", "similarity"}], "place": [x, y] or null}
    POST /caption?kind=&how=&beginning= model_zoo.rnn.prediction.Prediction
    POST /sentiment?language=          the same
    POST /tag?task=                    the same
    GET  /transitions?task=            {"tags", "scores"}, of the CRF
    GET  /frames?seed=                 {"film", "tasks"}: an MP4 and, by task, model_zoo.rnn.frame_labels.FrameLabels
    GET  /cut?job=&run=&blocks=        {"whole", "without", "pictures"}, of a tower
    GET  /filters?job=&run=            {"before", "after", "moved"}
    GET  /backbone_filters?backbone=   {"filters", "count", "kernel"}
    GET  /architecture?backbone=&size= {"stages": [model_zoo.explain.architecture.Measured], "classes"}

The body of a POST is a picture file, or a text in UTF-8. `guesses` are [{"name", "probability"}], best first; pictures
in answers are PNG in base64, films MP4. Every request may say `seconds`, its deadline. What goes wrong is {"sentence"}
with status 400, 404, 413, 504 or 500.
"""

import argparse
import asyncio
import fcntl
import logging
import os
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from model_zoo.data.limits import LIMITS, in_bytes
from model_zoo.knobs import knobs, param
from model_zoo.service_address import lock_path, log_path, socket_path
from model_zoo.service_deadline import Deadline, TooLate
from model_zoo.service_models import NotThere, Shelf

NICENESS = 5  # behind the pages, before training
MOST_THREADS = 4
MOST_MEMORY = 2 * 2**30  # bytes of networks, where nothing is said
SECONDS_TO_FINISH = 5  # for requests that are under way when the process ends

log = logging.getLogger("uvicorn.error")
TEXTS, TOWERS, FRAMES = "service_texts", "service_residual", "service_frames"  # the modules that answer about them
Ask = Callable[[ModuleType, bytes, Deadline], dict[str, Any]]  # the module that answers, body, deadline → answer


class TooLarge(ValueError):
    """A body with more bytes than a picture may have; the sentence is for the visitor."""


@dataclass(frozen=True)
class Options:
    """How long the process stays, and what it may take."""

    idle_seconds: float = param(600.0, "Ends after so long without a request.", min=0.1, unit="s")
    memory_bytes: int = param(0, "Networks kept in memory; 0: a quarter of what is free, at most 2 GiB.", min=0)
    deadline_seconds: float = param(30.0, "Longest that a request may take.", min=0.1, unit="s")


class Service:
    """The answers, and what they share: networks on a shelf, and one thread that computes."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.shelf = Shelf(options.memory_bytes or min(MOST_MEMORY, psutil.virtual_memory().available // 4))
        self.worker = ThreadPoolExecutor(1)  # one request at a time: torch already uses the cores
        self.worker.submit(_warm_up)
        self.busy, self.last_request = 0, time.monotonic()

    def app(self) -> Starlette:
        routes = [
            Route("/health", self.health),
            Route("/classify", self.classify, methods=["POST"]),
            Route("/classify_backbone", self.classify_backbone, methods=["POST"]),
            Route("/features/try", self.try_features, methods=["POST"]),
            Route("/caption", self.caption, methods=["POST"]),
            Route("/sentiment", self.sentiment, methods=["POST"]),
            Route("/tag", self.tag, methods=["POST"]),
            Route("/transitions", self.transitions),
            Route("/cut", self.cut),
            Route("/frames", self.frames),
            Route("/filters", self.filters),
            Route("/backbone_filters", self.backbone_filters),
            Route("/architecture", self.architecture),
        ]
        refusals = {NotThere: 404, TooLarge: 413, TooLate: 504, ValueError: 400}
        handlers: dict[Any, Any] = {kind: _refusal(status) for kind, status in refusals.items()}
        return Starlette(routes=routes, exception_handlers=handlers | {Exception: _failure})

    def idle(self) -> bool:
        return not self.busy and time.monotonic() - self.last_request > self.options.idle_seconds

    async def health(self, request: Request) -> JSONResponse:
        shelf = self.shelf
        return JSONResponse({"pid": os.getpid(), "busy": self.busy, "models": len(shelf), "bytes": shelf.bytes})

    async def classify(self, request: Request) -> JSONResponse:
        job, which = request.query_params.get("job", ""), request.query_params.get("runs", "best")
        return await self._answer(request, lambda to, body, end: to.classify(self.shelf, job, which, body, end))

    async def classify_backbone(self, request: Request) -> JSONResponse:
        name = request.query_params.get("backbone", "")
        return await self._answer(request, lambda to, body, end: to.classify_backbone(self.shelf, name, body, end))

    async def try_features(self, request: Request) -> JSONResponse:
        job, drawn = request.query_params.get("job", ""), request.query_params.get("map", "")
        return await self._answer(request, lambda to, body, end: to.ask_features(self.shelf, job, drawn, body, end))

    async def caption(self, request: Request) -> JSONResponse:
        query = dict(request.query_params)
        return await self._answer(request, lambda to, body, end: to.caption(query, body, end))

    async def sentiment(self, request: Request) -> JSONResponse:
        language = request.query_params.get("language", "")
        return await self._answer(request, lambda to, body, end: to.read_sentiment(language, body, end), TEXTS)

    async def tag(self, request: Request) -> JSONResponse:
        task = request.query_params.get("task", "")
        return await self._answer(request, lambda to, body, end: to.read_tags(task, body), TEXTS)

    async def transitions(self, request: Request) -> JSONResponse:
        task = request.query_params.get("task", "")
        return await self._answer(request, lambda to, body, end: to.show_transitions(task), TEXTS)

    async def cut(self, request: Request) -> JSONResponse:
        job, run, blocks = (request.query_params.get(name, "") for name in ("job", "run", "blocks"))
        return await self._answer(request, lambda to, body, end: to.cut(self.shelf, job, run, blocks, end), TOWERS)

    async def frames(self, request: Request) -> JSONResponse:
        seed = request.query_params.get("seed", "")
        return await self._answer(request, lambda to, body, end: to.show_frames(seed, end), FRAMES)

    async def filters(self, request: Request) -> JSONResponse:
        job, run = request.query_params.get("job", ""), request.query_params.get("run", "")
        return await self._answer(request, lambda to, body, end: to.show_filters(self.shelf, job, run, end))

    async def backbone_filters(self, request: Request) -> JSONResponse:
        name = request.query_params.get("backbone", "")
        return await self._answer(request, lambda to, body, end: to.show_backbone_filters(self.shelf, name))

    async def architecture(self, request: Request) -> JSONResponse:
        name, size = request.query_params.get("backbone", ""), request.query_params.get("size", "")
        return await self._answer(request, lambda to, body, end: to.show_architecture(name, size))

    async def _answer(self, request: Request, ask: Ask, of: str = "service_answers") -> JSONResponse:
        self.busy += 1
        deadline = Deadline.after(self._seconds(request))
        try:
            async with asyncio.timeout(deadline.seconds):
                body = await _body(request)
                loop = asyncio.get_running_loop()
                return JSONResponse(await loop.run_in_executor(self.worker, _compute, of, ask, body, deadline))
        except TimeoutError:
            raise TooLate(deadline.seconds) from None
        finally:
            self.busy, self.last_request = self.busy - 1, time.monotonic()

    def _seconds(self, request: Request) -> float:
        """Give the deadline that the request asks for, or the longest that is granted."""
        most = self.options.deadline_seconds
        try:
            asked = float(request.query_params.get("seconds", most))
        except ValueError:
            return most
        return asked if 0 <= asked <= most else most


def _compute(of: str, ask: Ask, body: bytes, deadline: Deadline) -> dict[str, Any]:
    answers = import_module(f"model_zoo.{of}")  # here, in the thread that computes: torch takes seconds to come
    deadline.check()
    return ask(answers, body, deadline)


def _warm_up() -> None:
    """Load torch before the first request needs it; leave a core to the pages."""
    import torch

    torch.set_num_threads(max(1, min(MOST_THREADS, torch.get_num_threads(), (os.cpu_count() or 1) - 1)))


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMITS.picture_bytes:
            raise TooLarge(f"This picture is larger than {in_bytes(LIMITS.picture_bytes)}. Try a smaller one.")
    return bytes(body)


def _refusal(status: int) -> Callable[[Request, Exception], JSONResponse]:
    def refuse(request: Request, error: Exception) -> JSONResponse:
        log.info("%s: %s", request.url.path, error, exc_info=error if status == 400 else None)
        return JSONResponse({"sentence": str(error)}, status)

    return refuse


def _failure(request: Request, error: Exception) -> JSONResponse:
    """Answer in words; uvicorn then writes the traceback to the log."""
    return JSONResponse({"sentence": f"The inference process failed at this. Its log, {log_path()}, says why."}, 500)


async def _serve(options: Options, listener: socket.socket, path: Path) -> None:
    service = Service(options)
    config = uvicorn.Config(
        service.app(), lifespan="off", access_log=False, timeout_graceful_shutdown=SECONDS_TO_FINISH
    )
    server = uvicorn.Server(config)
    watch = asyncio.create_task(_end_when_idle(service, server, path, path.stat().st_ino))
    try:
        await server.serve(sockets=[listener])
    finally:
        watch.cancel()
        service.worker.shutdown(wait=False, cancel_futures=True)


async def _end_when_idle(service: Service, server: uvicorn.Server, path: Path, inode: int) -> None:
    """Ask the server to end when nobody has needed it for long, or nobody can reach it any more."""
    while not service.idle() and _is(path, inode):
        await asyncio.sleep(min(1.0, service.options.idle_seconds / 4))
    if _is(path, inode):
        path.unlink()  # first, so that the next request starts another process instead of meeting this one
    server.should_exit = True


def _is(path: Path, inode: int) -> bool:
    return path.exists() and path.stat().st_ino == inode


def _lock(path: Path) -> int | None:
    """Lock `path` until this process ends, and write the pid into it; None where another process holds it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    os.ftruncate(file, 0)
    os.write(file, f"{os.getpid()}\n".encode())
    return file


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)  # left by a process that was killed: we hold the lock
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.listen(128)
    return listener


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="python -m model_zoo.service", description="The inference process of Thaw.")
    for knob in knobs(Options):
        flag = "--" + knob.name.replace("_", "-")
        parser.add_argument(flag, type=knob.type, default=knob.default, help=knob.help)
    return Options(**vars(parser.parse_args()))


def main() -> None:
    """Serve until idle; end at once where another process already serves this THAW_HOME."""
    options = _options()
    if _lock(lock_path()) is None:
        print(f"Another inference process holds {lock_path()}.", flush=True)
        return
    os.nice(NICENESS)
    path = socket_path()
    asyncio.run(_serve(options, _listen(path), path))


if __name__ == "__main__":
    main()
