"""Learn a language by guessing the next token (Howard & Ruder 2018, arXiv:1801.06146), before anything else.

The texts stand one behind the other in a few streams that are read side by side; states are carried from one piece of a
stream to the next, gradients are not. The softmax is over the tokens that are right somewhere in the piece, each
weighed by how rarely it would be (importance sampling, Jean et al. 2015, arXiv:1412.2007): a sixth of the work of all.
AdamW on one cycle. Every random number follows from (seed, step); a resumed run only lacks what its streams had read
before it was killed.
"""

from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.rnn.cells import State, autocast
from model_zoo.rnn.sentiment_network import SentimentNetwork

STEPS_BETWEEN_CHECKPOINTS, STEPS_BETWEEN_REPORTS = 200, 50


@dataclass(frozen=True)
class LanguagePlan:
    """What the run depends on; a checkpoint is only continued under the same plan."""

    epochs: int = 2
    streams: int = 64
    bptt: int = 64  # tokens that a gradient reaches back over
    rate: float = 4e-3
    weight_decay: float = 0.01
    warm_share: float = 0.1
    clip: float = 0.5
    seed: int = 0


class LanguageModel(nn.Module):
    """The embedding and recurrent layers of a network that is to judge, and a softmax tied to the embedding.

    `counts` (tokens,) says how often each token stands where the language is learned.
    """

    counts: Tensor

    def __init__(self, network: SentimentNetwork, counts: Tensor) -> None:
        super().__init__()
        self.register_buffer("counts", counts.double(), persistent=False)
        self.embedding, self.recurrent = network.embedding, network.recurrent
        self.back = nn.Linear(network.recurrent.outputs, network.shape.inputs)
        self.bias = nn.Parameter(torch.zeros(network.shape.tokens))
        self.dropout = nn.Dropout(network.shape.dropout / 2)

    def loss(self, tokens: Tensor, following: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Give the mean loss of guessing `following` (B, T) after tokens (B, T), and the state after the last."""
        with autocast():
            outputs, state = self.recurrent.carry(self.dropout(self.embedding(tokens)), state)
            guess = self.back(self.dropout(outputs)).flatten(0, 1)
            among, place = following.flatten().unique(return_inverse=True)
            logits = F.linear(guess, self.embedding.weight[among], self.bias[among])
        share = self.counts[among].clamp(min=1) / self.counts.sum()
        drawn = -torch.expm1(following.numel() * torch.log1p(-share))  # the chance to stand in a piece at all
        return F.cross_entropy(logits.float() - drawn.log().float(), place), state


def learn(
    network: SentimentNetwork, rows: list[list[int]], plan: LanguagePlan, checkpoint: Path
) -> Generator[tuple[int, int, float], None, None]:
    """Train embedding and recurrent layers of `network` on rows of tokens; yields (step, steps, loss)."""
    torch.manual_seed(plan.seed)
    counts = torch.tensor([token for row in rows for token in row] + [0] * len(rows)).bincount(
        minlength=network.shape.tokens
    )
    device = network.embedding.weight.device
    model = LanguageModel(network, counts).to(device)
    optimiser = torch.optim.AdamW(model.parameters(), plan.rate, weight_decay=plan.weight_decay, betas=(0.9, 0.99))
    pieces = sum(len(row) + 1 for row in rows) // plan.streams // plan.bptt
    steps, state, streams = pieces * plan.epochs, None, torch.empty(0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, plan.rate, total_steps=steps + 1, pct_start=plan.warm_share, cycle_momentum=False
    )
    step = _resume(checkpoint, plan, model, optimiser, schedule)
    model.train()
    while step < steps:
        epoch, place = divmod(step, pieces)
        if place == 0 or not len(streams):
            streams, state = (
                _streams(rows, plan, epoch).to(device),
                None,
            )  # a resumed run meets its first piece without a past
        cut = streams[:, place * plan.bptt : (place + 1) * plan.bptt + 1]  # (B, T + 1)
        torch.manual_seed(plan.seed * 1_000_003 + step)
        loss, state = model.loss(cut[:, :-1], cut[:, 1:], state)
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
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    if state["plan"] != asdict(plan):
        raise ValueError(f"{checkpoint} belongs to another plan, {state['plan']}. Remove it to start anew.")
    for name, part in (("model", model), ("optimiser", optimiser), ("schedule", schedule)):
        part.load_state_dict(state[name])
    return state["step"]
