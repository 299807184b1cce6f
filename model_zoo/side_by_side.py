"""Chains of work side by side in one process: as many at once as there are lanes, heard as one stream of events.

Networks of this size leave cores idle between their operations, and Python's own work leaves all but one idle. So a
lane is a Python thread with its share of torch's threads: two runs with one thread each can train more pictures a
second than one after the other with two; a trial finds out. Torch lets go of the interpreter while it computes.

A lane waits after every event until the consumer comes back for the next one. So nothing goes on that the consumer has
not heard of, and when it stops to do something else, every lane stops within a batch. What a lane computes does not
depend on its neighbours: each always has the same number of threads, and nothing may draw from torch's global
generator, which all threads share. `draws` says of a network whether training it would.
"""

import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from heapq import heapify, heappop, heappush
from queue import SimpleQueue
from threading import Event as Flag
from threading import Lock, Semaphore, Thread

import torch
from torch import nn
from torch.nn.modules.dropout import _DropoutNd

from model_zoo.events import Event

log = logging.getLogger(__name__)
Turn = Generator[Event, None, None]
Chain = Iterator[Turn]  # turns that need each other, in their order; a turn is at its end before the next is asked for


def side_by_side(chains: Sequence[tuple[int, Chain]], lanes: int) -> Iterator[Event]:
    """Go through all chains; each comes with the number of turns that it has behind it.

    The chain with the fewest turns behind it goes first, among equals the one that stands first. One lane needs no
    thread: then it all happens in the caller's. An exception in a lane is raised here, after all lanes have stopped;
    so they have when the generator is closed. Those that cannot be raised, too, are logged.
    """
    line = _Line(chains)
    if lanes == 1:
        for turn in line.turns():
            yield from turn
    else:
        yield from _in_threads(line, min(lanes, len(chains)), max(1, torch.get_num_threads() // lanes))


def draws(network: nn.Module) -> bool:
    """Say whether training `network` draws from torch's global generator, as dropout and stochastic depth do."""
    parts = [part for part in network.modules() if isinstance(part, _DropoutNd) or _is_stochastic_depth(part)]
    return any(part.p > 0 for part in parts)


def _in_threads(line: "_Line", lanes: int, threads: int) -> Iterator[Event]:
    said: SimpleQueue[tuple[_Lane, Event | None]] = SimpleQueue()
    before, stop = torch.get_num_threads(), Flag()
    raised: BaseException | None = None
    running = [_Lane(line, threads, said, stop) for _ in range(lanes)]
    try:
        for lane in running:
            lane.start()
        while lanes:
            lane, event = said.get()
            if event is None:
                lanes -= 1
                if lane.error:
                    raised = lane.error
                    raise raised
            else:
                yield event
                lane.heard.release()
    finally:
        stop.set()
        for lane in running:
            lane.heard.release()
        for lane in running:
            if lane.is_alive():
                lane.join()
        torch.set_num_threads(before)  # lanes set their own, and what threads that start later will have
        for lane in running:
            if lane.error is not None and lane.error is not raised:
                log.error("A lane ended in an error after another, or after the stream was closed", exc_info=lane.error)


class _Line:
    """The chains that wait for a lane."""

    def __init__(self, chains: Sequence[tuple[int, Chain]]) -> None:
        self._waiting = [(behind, place, chain) for place, (behind, chain) in enumerate(chains)]
        self._lock = Lock()
        heapify(self._waiting)

    def turns(self) -> Iterator[Turn]:
        """Give turns to one lane until nothing waits: every chain that is left is then in another lane's hands."""
        while True:
            with self._lock:
                if not self._waiting:
                    return
                behind, place, chain = heappop(self._waiting)
            turn = next(chain, None)
            if turn is not None:
                yield turn
                with self._lock:
                    heappush(self._waiting, (behind + 1, place, chain))


class _Lane(Thread):
    """A thread that takes turns from the line and says what they yield; at its end it says None."""

    def __init__(self, line: _Line, threads: int, said: SimpleQueue, stop: Flag) -> None:
        super().__init__(name="lane", daemon=True)  # a program that ends without closing the stream does not hang
        self.line, self.threads, self.said, self.stop = line, threads, said, stop
        self.heard = Semaphore(0)
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            torch.set_num_threads(self.threads)
            for turn in self.line.turns():
                with closing(turn):
                    if not self._goes_through(turn):
                        return
        except BaseException as error:  # raised again where the events are heard
            self.error = error
        finally:
            self.said.put((self, None))

    def _goes_through(self, turn: Turn) -> bool:
        for event in turn:
            self.said.put((self, event))
            self.heard.acquire()
            if self.stop.is_set():
                return False
        return True


def _is_stochastic_depth(part: nn.Module) -> bool:
    return type(part).__name__ == "StochasticDepth"  # torchvision's, which is not loaded for a look at a name
