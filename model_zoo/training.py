"""The loop: one run of one strategy, an epoch at a time, as a generator of events. Knows no store."""

import time
from collections import OrderedDict
from collections.abc import Generator
from contextlib import nullcontext
from copy import deepcopy
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.adapters import merge
from model_zoo.backbones.backbone import softmax
from model_zoo.bank import CHUNK, Bank
from model_zoo.data.image_set import Split
from model_zoo.devices import SavedBytes, autocast
from model_zoo.events import EpochEnd, Progress
from model_zoo.movement import Movement, moving_stages
from model_zoo.prefix_cache import Account, weights_hash
from model_zoo.side_by_side import draws
from model_zoo.specs import ComparisonSpec
from model_zoo.strategies import Strategy

T = TypeVar("T")
Tensors = dict[str, Tensor]
SHARE_OF_HEAD = 0.1  # of the usual size a new softmax is drawn, so that few steps need not undo what was drawn


class Run:
    """One configuration with one seed. Stages that never move are the modules of `pretrained` themselves."""

    def __init__(
        self,
        spec: ComparisonSpec,
        text: str,
        strategy: Strategy,
        seed: int,
        bank: Bank,
        split: Split,
        pretrained: nn.Sequential,
        cached: bool = True,
    ) -> None:
        self.spec, self.text, self.strategy, self.seed = spec, text, strategy, seed
        self.bank, self.split, self.cached = bank, split, cached
        self.name = f"{text}#{seed}"
        self.stages = bank.backbone.stage_names
        self.account, self.seconds = Account(), 0.0
        self.history: list[EpochEnd] = []
        self.best_epoch, self.peak_memory_bytes = -1, 0
        self._view_order = spec.view_order(seed)
        self._best: Tensors = {}
        self._hashes: dict[str, str] = {}
        self.network = self._own_network(pretrained)
        self._draws = draws(self.network)
        self.movement = Movement(self.network, self.stages, strategy, spec.epochs)

    def epoch(self) -> Generator[Progress, None, EpochEnd]:
        """Train for the next epoch and evaluate on the validation pictures."""
        epoch = len(self.history)
        scales = self.strategy.lr_scales(self.stages, epoch, self.spec.epochs)
        if self.bank.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self.bank.device)
        depth = self.movement.thaw(scales)
        self._forget_hashes(scales)
        depth = depth if self.cached else 0
        train = yield from self._read(depth, self._view_order[epoch % len(self._view_order)], self.split.train)
        labels = self.bank.images.labels[self.split.train].to(self.bank.device)
        losses, right, rates = torch.zeros(()), 0, []
        batches = self._batches(epoch, len(labels))
        for step, batch in enumerate(batches):
            if self._draws:
                torch.manual_seed(hash((self.seed, epoch, step)))  # dropout draws from the global generator
            done = (epoch + step / len(batches)) / self.spec.epochs
            rates = self.movement.set_rates(self.spec.rate, scales, done, len(batches))
            logits, loss = self._step(train[batch], labels[batch], depth, measure=step == 0)
            losses = losses + loss.cpu() * len(batch)
            right += (logits.argmax(1) == labels[batch]).sum()
            yield Progress("training", (step + 1) / len(batches), run=self.name)
        validation_loss, validation_accuracy = yield from self._validate(depth)
        end = EpochEnd(
            run=self.name,
            strategy=self.text,
            seed=self.seed,
            epoch=epoch,
            train_loss=losses.item() / len(labels),
            train_accuracy=int(right) / len(labels),
            validation_loss=validation_loss,
            validation_accuracy=validation_accuracy,
            seconds=self.seconds - sum(end.seconds for end in self.history),
            rates=rates,
            gradient_norms=self.movement.gradient_norms(),
            drift=self.movement.drift(),
            peak_memory_bytes=self.peak_memory_bytes,
            memory_measured=self.bank.device.type == "cuda",
        )
        self._keep_if_best(end)
        self.history.append(end)
        return end

    def finish(self) -> Generator[Progress, None, Tensor]:
        """Go back to the best epoch and give its logits (n_test, classes) on the test pictures, seen only now."""
        self.network.load_state_dict(self._best, strict=False)
        self._hashes = {}
        frozen = [stage not in self.movement.moving for stage in self.stages]
        depth = frozen.index(False) if self.cached else 0
        test = yield from self._read(depth, 0, self.split.test)
        return self._logits(test, depth).cpu()

    def timed(self, work: Generator[Progress, None, T], lanes: int) -> Generator[Progress, None, T]:
        """Go through `work` and add to `seconds` what it took itself, not what happened between its events.

        Of a machine in whose `lanes` others race beside it, a run has a share, and is charged for no more.
        """
        while True:
            started, waited = time.perf_counter(), self.account.waited
            try:
                event = next(work)
            except StopIteration as end:
                return end.value
            finally:
                passed = time.perf_counter() - started - (self.account.waited - waited)
                self.seconds += passed / lanes
            yield event

    def merged(self) -> Tensors:
        """Give the whole network as it is now as fp32 tensors, adapters merged into the weights."""
        network = deepcopy(self.network)
        merge(network)
        return {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}

    @property
    def seconds_alone(self) -> float:
        """Seconds that this run would have taken with all shared work done for it alone."""
        return self.seconds - self.account.paid + self.account.alone

    def state(self) -> tuple[Tensors, dict]:
        """Give tensors and facts from which `restore` continues with the numbers of the unbroken run."""
        names = {id(parameter): name for name, parameter in self.network.named_parameters()}
        tensors = {f"now.{name}": value for name, value in self._moving_state().items()}
        tensors |= {f"best.{name}": value for name, value in self._best.items()}
        tensors |= {f"charged.{key}": rows for key, rows in self.account.charged.items()}
        for parameter, moments in self.movement.optimiser.state.items():
            tensors |= {f"adam.{kind}.{names[id(parameter)]}": value for kind, value in moments.items()}
        paces = {stage: [pace.warm, pace.steps, pace.moved] for stage, pace in self.movement.paces.items()}
        account = [self.seconds, self.account.paid, self.account.alone]
        facts = {"best_epoch": self.best_epoch, "account": account, "peak": self.peak_memory_bytes, "paces": paces}
        return tensors, facts

    def restore(self, tensors: Tensors, facts: dict, history: list[EpochEnd]) -> None:
        """Continue from what `state` gave."""
        parts: dict[str, Tensors] = {"now": {}, "best": {}, "adam": {}, "charged": {}}
        for name, value in tensors.items():
            part, _, rest = name.partition(".")
            parts[part][rest] = value
        self.network.load_state_dict(parts["now"], strict=False)
        self._best, self.history, self.best_epoch = parts["best"], history, facts["best_epoch"]
        self.account.charged = parts["charged"]
        for stage, (warm, steps, moved) in facts["paces"].items():
            self.movement.restore(stage, warm, steps, moved)
        parameters = dict(self.network.named_parameters())
        for name, value in parts["adam"].items():
            kind, _, rest = name.partition(".")
            like = parameters[rest]  # moments must lie in memory as their parameter does; fused AdamW relies on it
            moment = torch.empty_like(like).copy_(value) if value.shape == like.shape else value.to(like.device)
            self.movement.optimiser.state[like][kind] = moment
        self.seconds, self.account.paid, self.account.alone = facts["account"]
        self.peak_memory_bytes = facts["peak"]

    def _own_network(self, pretrained: nn.Sequential) -> nn.Sequential:
        if self.strategy.pretrained:
            network = self._thawing(pretrained)
        else:
            network = self.bank.backbone.network(len(self.bank.images.classes), seed=self.seed, pretrained=False)
            network = network.to(self.bank.device, memory_format=self.bank.setting.layout)
        shrink(softmax(network))
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            self.strategy.prepare(network)
        return network

    def _thawing(self, pretrained: nn.Sequential) -> nn.Sequential:
        """Copy what will move, and draw a softmax: the one that the backbone's own `network` draws from this seed."""
        own = moving_stages(self.strategy, self.stages, self.spec.epochs) | {"head"}
        children = [(name, deepcopy(part) if name in own else part) for name, part in pretrained.named_children()]
        network = nn.Sequential(OrderedDict(children))
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            drawn = nn.Linear(softmax(network).in_features, softmax(network).out_features)  # on the CPU, for any device
        softmax(network).load_state_dict(drawn.state_dict())
        return network

    def _read(self, depth: int, view: int, index: Tensor) -> Generator[Progress, None, Tensor]:
        """Read what the frozen prefix makes of the pictures at `index` (n,), a chunk at a time."""
        hashes = tuple(self._hash(stage) for stage in self.stages[:depth])
        shared = not any(self.movement.paces[stage].moved for stage in self.stages[:depth])
        read, done = torch.empty(0), 0
        for chunk in index.split(CHUNK):
            rows = self.bank.read(self.network, hashes, view, chunk, self.account, shared)
            if done == 0:
                read = rows.new_empty((len(index), *rows.shape[1:]))
            read[done : done + len(chunk)] = rows
            done += len(chunk)
            yield Progress("looking at the pictures", done / len(index), run=self.name)
        return read

    def _hash(self, stage: str) -> str:
        if stage not in self._hashes:
            self._hashes[stage] = weights_hash(self.network.get_submodule(stage))
        return self._hashes[stage]

    def _forget_hashes(self, scales: tuple[float, ...]) -> None:
        for stage, scale in zip(self.stages, scales, strict=True):
            if scale > 0:
                self._hashes.pop(stage, None)

    def _batches(self, epoch: int, count: int) -> tuple[Tensor, ...]:
        generator = torch.Generator().manual_seed(self.seed * 100_003 + epoch)
        return torch.randperm(count, generator=generator).tensor_split(max(1, count // self.spec.batch))

    def _step(self, batch: Tensor, labels: Tensor, depth: int, measure: bool) -> tuple[Tensor, Tensor]:
        with SavedBytes() if measure else nullcontext() as saved:
            logits = self._forward(self.bank.enter(batch, depth), depth)  # (B, classes)
        loss = F.cross_entropy(logits, labels)
        penalty = self.strategy.penalty(self.network, self.movement.start)
        self.movement.step(loss if penalty is None else loss + penalty)
        if saved:
            self._note_memory(saved.bytes)
        return logits.detach(), loss.detach()

    def _note_memory(self, saved_bytes: int) -> None:
        on_gpu = self.bank.device.type == "cuda"
        computed = saved_bytes + self.movement.bytes()
        used = torch.cuda.max_memory_allocated(self.bank.device) if on_gpu else computed
        self.peak_memory_bytes = max(self.peak_memory_bytes, used)

    def _forward(self, x: Tensor, depth: int) -> Tensor:
        with autocast(self.bank.device, self.bank.setting.precision):
            x = self.network[depth:-1](x)
        return self.network[-1](x.float())  # the head in full precision

    def _validate(self, depth: int) -> Generator[Progress, None, tuple[float, float]]:
        pictures = yield from self._read(depth, 0, self.split.validation)
        logits = self._logits(pictures, depth)
        labels = self.bank.images.labels[self.split.validation].to(logits.device)
        return F.cross_entropy(logits, labels).item(), (logits.argmax(1) == labels).float().mean().item()

    @torch.no_grad()
    def _logits(self, read: Tensor, depth: int) -> Tensor:
        self.network.eval()
        return torch.cat([self._forward(self.bank.enter(part, depth), depth) for part in read.split(CHUNK)]).float()

    def _keep_if_best(self, end: EpochEnd) -> None:
        def quality(epoch: EpochEnd) -> tuple[float, float]:
            return epoch.validation_accuracy, -epoch.validation_loss

        if self.best_epoch < 0 or quality(end) > quality(self.history[self.best_epoch]):
            self.best_epoch = end.epoch
            self._best = {name: value.to("cpu", copy=True) for name, value in self._moving_state().items()}

    def _moving_state(self) -> Tensors:
        return {n: t.detach() for n, t in self.network.state_dict().items() if self.movement.moves(n)}


@torch.no_grad()
def shrink(drawn: nn.Linear) -> None:
    """Make a new softmax small, in place; from zero it learns as well (Kolesnikov et al. 2020, arXiv:1912.11370).

    Not zero: a strategy may keep the head still, and through zeros no gradient comes.
    """
    for parameter in drawn.parameters():
        parameter.mul_(SHARE_OF_HEAD)
