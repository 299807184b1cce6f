"""Learn a language by guessing the next token (Howard & Ruder 2018, arXiv:1801.06146), before anything else.

The texts stand one behind the other in a few streams that are read side by side; states are carried from one piece of a
stream to the next, gradients are not. AdamW on one cycle. Every random number follows from (seed, step).
"""

from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.rnn.sentiment_network import SentimentNetwork

STEPS_BETWEEN_CHECKPOINTS, STEPS_BETWEEN_REPORTS = 200, 50


@dataclass(frozen=True)
class LanguagePlan:
    """What the run depends on; a checkpoint is only continued under the same plan."""

    epochs: int = 3
    streams: int = 32
    piece: int = 64  # tokens that a gradient reaches back over
    rate: float = 4e-3
    weight_decay: float = 0.01
    warm_share: float = 0.1
    clip: float = 0.5
    seed: int = 0


class LanguageModel(nn.Module):
    """The embedding and recurrent layers of a network that is to judge, and a softmax tied to the embedding."""

    def __init__(self, network: SentimentNetwork) -> None:
        super().__init__()
        self.embedding, self.recurrent = network.embedding, network.recurrent
        self.back = nn.Linear(network.recurrent.outputs, network.shape.inputs)
        self.bias = nn.Parameter(torch.zeros(network.shape.tokens))
        self.dropout = nn.Dropout(network.shape.dropout / 2)

    def forward(self, tokens: Tensor, state: list | None) -> tuple[Tensor, list]:
        """Give the logits (B, T, tokens) of what comes after each of tokens (B, T), and the state after the last."""
        outputs, state = self.recurrent.carry(self.dropout(self.embedding(tokens)), state)
        return F.linear(self.back(self.dropout(outputs)), self.embedding.weight, self.bias), state


def learn(
    network: SentimentNetwork, rows: list[list[int]], plan: LanguagePlan, checkpoint: Path
) -> Generator[tuple[int, int, float], None, None]:
    """Train embedding and recurrent layers of `network` on rows of tokens; yields (step, steps, loss)."""
    torch.manual_seed(plan.seed)
    model = LanguageModel(network)
    optimiser = torch.optim.AdamW(model.parameters(), plan.rate, weight_decay=plan.weight_decay, betas=(0.9, 0.99))
    pieces = sum(len(row) + 1 for row in rows) // plan.streams // plan.piece
    steps, state, streams = pieces * plan.epochs, None, torch.empty(0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, plan.rate, total_steps=steps + 1, pct_start=plan.warm_share, cycle_momentum=False
    )
    step = _resume(checkpoint, plan, model, optimiser, schedule)
    model.train()
    while step < steps:
        epoch, place = divmod(step, pieces)
        if place == 0 or not len(streams):
            streams, state = _streams(rows, plan, epoch), None  # a resumed run meets its first piece without a past
        cut = streams[:, place * plan.piece : (place + 1) * plan.piece + 1]  # (B, T + 1)
        torch.manual_seed(plan.seed * 1_000_003 + step)
        with torch.autocast("cpu", torch.bfloat16):
            logits, state = model(cut[:, :-1], state)
        loss = F.cross_entropy(logits.float().flatten(0, 1), cut[:, 1:].flatten())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), plan.clip)
        optimiser.step()
        schedule.step()
        state = [tuple(part.detach() for part in layer) for layer in state]
        step += 1
        if step % STEPS_BETWEEN_CHECKPOINTS == 0 or step == steps:
            _save(checkpoint, plan, model, optimiser, schedule, step)
        if step % STEPS_BETWEEN_REPORTS == 0 or step == steps:
            yield step, steps, loss.item()


def _streams(rows: list[list[int]], plan: LanguagePlan, epoch: int) -> Tensor:
    """Put all rows, in an order drawn for the epoch, behind each other, END between them: (streams, length)."""
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(plan.seed + epoch)).tolist()
    flat = torch.tensor([token for index in order for token in (0, *rows[index])])
    length = len(flat) // plan.streams
    return flat[: length * plan.streams].view(plan.streams, length)


def _save(checkpoint: Path, plan: LanguagePlan, model, optimiser, schedule, step: int) -> None:
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    parts = {"model": model, "optimiser": optimiser, "schedule": schedule}
    aside = checkpoint.with_suffix(".part")
    torch.save({name: part.state_dict() for name, part in parts.items()} | {"plan": asdict(plan), "step": step}, aside)
    aside.rename(checkpoint)


def _resume(checkpoint: Path, plan: LanguagePlan, model, optimiser, schedule) -> int:
    if not checkpoint.exists():
        return 0
    state = torch.load(checkpoint, weights_only=True)
    if state["plan"] != asdict(plan):
        raise ValueError(f"{checkpoint} belongs to another plan, {state['plan']}. Remove it to start anew.")
    for name, part in (("model", model), ("optimiser", optimiser), ("schedule", schedule)):
        part.load_state_dict(state[name])
    return state["step"]
