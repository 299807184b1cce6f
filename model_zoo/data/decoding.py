"""Many pictures, decoded side by side, each in a process that may be killed: a hostile one costs its own place only."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

import numpy as np

from model_zoo.data.decode import ANSWER, ASK, Decoded, Unusable
from model_zoo.data.limits import LIMITS

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
MOST_PROCESSES = 16
PICTURES_A_PROCESS = 40  # fewer are not worth another start


def decode_all(
    files: Iterable[tuple[T, bytes]], size: int, count: int, squash: bool = False
) -> Iterator[tuple[T, Decoded | Unusable]]:
    """Decode `files`, about `count` of them, in their order; only a few are held in memory at a time."""
    processes = max(1, min(os.cpu_count() or 1, MOST_PROCESSES, -(-count // PICTURES_A_PROCESS)))
    decoders: SimpleQueue[_Decoder] = SimpleQueue()
    mine = [_Decoder() for _ in range(processes)]
    for decoder in mine:
        decoders.put(decoder)
    threads = ThreadPoolExecutor(processes)
    waiting: deque[tuple[T, Future[Decoded | Unusable]]] = deque()
    try:
        for key, content in files:
            waiting.append((key, threads.submit(_decode, decoders, content, size, squash)))
            if len(waiting) > processes + 2:
                yield _first(waiting)
        while waiting:
            yield _first(waiting)
    finally:
        for decoder in mine:
            decoder.stop()
        threads.shutdown(cancel_futures=True)


def _first(waiting: deque[tuple[T, Future[Decoded | Unusable]]]) -> tuple[T, Decoded | Unusable]:
    key, future = waiting.popleft()
    return key, future.result()


def _decode(decoders: SimpleQueue[_Decoder], content: bytes, size: int, squash: bool) -> Decoded | Unusable:
    decoder = decoders.get()
    try:
        return decoder.decode(content, size, squash)
    finally:
        decoders.put(decoder)


class _Decoder:
    """One process that decodes; it is started when there is something to do, and again after it had to be killed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def decode(self, content: bytes, size: int, squash: bool) -> Decoded | Unusable:
        process = self._process = self._process or self._start()
        overdue = threading.Event()

        def give_up() -> None:
            overdue.set()
            process.kill()

        alarm = threading.Timer(LIMITS.seconds_a_picture, give_up)
        alarm.start()
        try:
            return _ask(process, content, size, squash)
        except (OSError, EOFError):
            self._end()
            took = f"takes longer than {LIMITS.seconds_a_picture:g} seconds to read"
            return Unusable(took if overdue.is_set() else "makes the program that reads it crash")
        finally:
            alarm.cancel()

    def stop(self) -> None:
        self._stopped = True
        self._end()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._stopped:
            raise EOFError("stopped")
        paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        # One thread each: numpy must not take the cores that the other processes use, nor the memory for its threads.
        environment = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        return subprocess.Popen(
            [sys.executable, "-m", "model_zoo.data.decode"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            process.stdout.close()  # type: ignore[union-attr]
            try:
                process.stdin.close()  # type: ignore[union-attr]
            except BrokenPipeError:
                return  # what it had not read yet is lost with it


def _ask(process: subprocess.Popen[bytes], content: bytes, size: int, squash: bool) -> Decoded | Unusable:
    assert process.stdin is not None
    process.stdin.write(ASK.pack(size, squash, len(content)))
    process.stdin.write(content)
    process.stdin.flush()
    animated, width, height, length = ANSWER.unpack(_exactly(process, ANSWER.size))
    body = _exactly(process, length)
    if width == 0:
        return Unusable(body.decode())
    return Decoded(np.frombuffer(body, np.uint8).reshape(3, size, size), width, height, animated)


def _exactly(process: subprocess.Popen[bytes], count: int) -> bytes:
    assert process.stdout is not None
    data = process.stdout.read(count)
    if len(data) < count:
        raise EOFError("the decoder ended")
    return data
