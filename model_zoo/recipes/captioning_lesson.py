"""Teach a network to speak of grids of features: captions as numbers, one epoch after another, checkpoints between."""

import random
from collections import Counter, defaultdict
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo import devices
from model_zoo.recipes.captioning_eye import Eye
from model_zoo.rnn.captioning import END, LETTERS, UNKNOWN
from model_zoo.rnn.captioning_network import CaptionNetwork, Shape

SWAPPED = {"left": "right", "right": "left"}  # in a mirror
POOL = 16  # batches whose captions are sorted by length, so that little is padding
STEPS_BETWEEN_REPORTS = 50
NOTHING = -100  # a target that does not count


@dataclass(frozen=True)
class Plan:
    """How a captioner is learned; a checkpoint is only continued under the same plan."""

    epochs: int = 8
    batch: int = 128
    rate: float = 2e-3
    weight_decay: float = 0.01
    warm_share: float = 0.1
    smoothing: float = 0.1  # of the targets
    clip: float = 1.0
    longest: int = 24  # words
    fewest: int = 6  # times that a word stands in the captions; rarer ones are unknown
    together: bool = False  # whether all captions of a picture are in one batch, so that it is looked at once
    guessed: float = 0.0  # share of the words read that are the network's own at the end (scheduled sampling)
    seed: int = 0


@dataclass(frozen=True)
class Lesson:
    """Grids (N, P, C) of pictures as they are and mirrored, and captions: the picture, and its words as numbers."""

    grids: tuple[Tensor, Tensor]
    captions: list[tuple[int, list[int]]]
    mirrored: dict[int, int]  # words that are others in a mirror


def split(caption: str) -> list[str]:
    """Give the words of a caption, as BLEU counts them here."""
    return LETTERS.findall(caption.lower())


def vocabulary(captions: Sequence[Sequence[str]], fewest: int) -> tuple[str, ...]:
    """Give END, UNKNOWN, and the words of `captions` (several a picture) that stand there `fewest` times, by rank."""
    counts = Counter(word for some in captions for caption in some for word in split(caption))
    return ("<end>", "<unknown>", *(word for word, count in counts.most_common() if count >= fewest))


def lesson(grids: tuple[Tensor, Tensor], captions: Sequence[Sequence[str]], words: Sequence[str], plan: Plan) -> Lesson:
    """Put grids and captions together; captions longer than `plan.longest` are left out."""
    places = {word: place for place, word in enumerate(words)}
    split_ = [(picture, split(caption)) for picture, some in enumerate(captions) for caption in some]
    rows = [
        (picture, [places.get(word, UNKNOWN) for word in found])
        for picture, found in split_
        if 1 < len(found) <= plan.longest
    ]
    mirrored = {places[one]: places[other] for one, other in SWAPPED.items() if one in places and other in places}
    return Lesson(grids, rows, mirrored)


def learn(
    lesson: Lesson,
    shape: Shape,
    plan: Plan,
    checkpoint: Path,
    before: dict[str, Tensor] | None = None,
    eye: Eye | None = None,
) -> Generator[tuple[str, float], None, CaptionNetwork]:
    """Train a network, or go on where `checkpoint` stands; yields (where, loss). The epoch says what is drawn.

    It begins with the weights of `before`, where there are any. With an `eye`, that learns along.
    """
    torch.manual_seed(plan.seed)
    device = devices.choose()
    network = CaptionNetwork(shape).to(device)
    lesson = replace(lesson, grids=tuple(grids.to(device) for grids in lesson.grids))
    network.load_state_dict(before or network.state_dict())
    optimiser = torch.optim.AdamW(network.parameters(), plan.rate, (0.9, 0.99), weight_decay=plan.weight_decay)
    steps = len(lesson.captions) // plan.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, plan.rate, total_steps=steps * plan.epochs + 1, pct_start=plan.warm_share, cycle_momentum=False
    )
    parts = {"network": network, "optimiser": optimiser, "schedule": schedule} | ({"eye": eye} if eye else {})
    for epoch in range(_resume(checkpoint, plan, shape, parts), plan.epochs):
        torch.manual_seed(plan.seed * 1_000_003 + epoch)
        rng = random.Random(plan.seed * 1_000_003 + epoch)
        network.train()
        if eye:
            eye.begin(epoch)
        for step, rows in enumerate(batches(lesson.captions, plan, rng)[:steps]):
            done = (epoch + step / steps) / plan.epochs
            drawn = tuple(part.to(device) for part in batch(lesson, rows, rng))
            loss = _loss(network, drawn, lesson, plan, done, eye)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), plan.clip)
            optimiser.step()
            schedule.step()
            if eye:
                eye.step(done, steps)
            if step % STEPS_BETWEEN_REPORTS == 0:
                yield f"epoch {epoch + 1}, step {step + 1}/{steps}", loss.item()
        _save(checkpoint, plan, shape, parts, epoch + 1)
    return network.cpu().eval()


def _loss(
    network: CaptionNetwork, drawn: tuple[Tensor, ...], lesson: Lesson, plan: Plan, done: float, eye: Eye | None
) -> Tensor:
    """Give the loss of a batch that was drawn, when so much of all steps is `done`."""
    index, mirrored, words, following = drawn
    grid = eye.look(index, mirrored) if eye else _grids(lesson, index, mirrored)
    if plan.guessed:
        words = partly_guessed(network, grid.detach(), words, plan.guessed * done)
    logits, _ = network(grid, words)
    return F.cross_entropy(logits.flatten(0, 1), following.flatten(), label_smoothing=plan.smoothing)


def batches(rows: list[tuple[int, list[int]]], plan: Plan, rng: random.Random) -> list[list[tuple[int, list[int]]]]:
    """Draw batches of captions that are about as long as each other."""
    groups = defaultdict(list)
    for place, row in enumerate(rows):
        groups[row[0] if plan.together else place].append(row)
    drawn = rng.sample(list(groups.values()), len(groups))
    found, pool = [], POOL * plan.batch * len(groups) // len(rows)
    for start in range(0, len(drawn), pool):
        ordered = sorted(drawn[start : start + pool], key=lambda group: max(len(words) for _, words in group))
        flat = [row for group in ordered for row in group]
        found += [flat[place : place + plan.batch] for place in range(0, len(flat), plan.batch)]
    whole = [some for some in found if len(some) == plan.batch]
    rng.shuffle(whole)
    return whole


def batch(
    lesson: Lesson, rows: list[tuple[int, list[int]]], rng: random.Random | None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Give pictures (B,), which of them are mirrored (B,), the words read (B, T), and those that follow.

    Half of the pictures are mirrored where there is an `rng`.
    """
    sides: dict[int, bool] = {}
    mirrored = [rng is not None and sides.setdefault(picture, rng.random() < 0.5) for picture, _ in rows]
    longest = max(len(said) for _, said in rows) + 1
    words = torch.full((len(rows), longest), END)
    following = torch.full((len(rows), longest), NOTHING)
    for place, (side, (_, said)) in enumerate(zip(mirrored, rows, strict=True)):
        row = torch.tensor([lesson.mirrored.get(word, word) if side else word for word in said])
        words[place, 1 : len(said) + 1] = row
        following[place, : len(said)] = row
        following[place, len(said)] = END
    return torch.tensor([picture for picture, _ in rows]), torch.tensor(mirrored), words, following


def _grids(lesson: Lesson, index: Tensor, mirrored: Tensor) -> Tensor:
    """Give what the encoder at rest has made of pictures, (B, P, C)."""
    plain, others = lesson.grids
    return torch.where(mirrored[:, None, None], others[index], plain[index]).float()


@torch.no_grad()
def partly_guessed(network: CaptionNetwork, grid: Tensor, words: Tensor, share: float) -> Tensor:
    """Put words that the network draws itself in the place of a `share` of those it reads, (B, T), but the first.

    All of them are drawn at once, from one reading of the right words (Mihaylova & Martins 2019, arXiv:1906.07651).
    """
    logits, _ = network(grid, words)
    drawn = torch.distributions.Categorical(logits=logits[:, :-1]).sample()  # (B, T - 1): what could stand at 1, 2, …
    taken = (torch.rand(drawn.shape, device=drawn.device) < share) & (drawn != END) & (words[:, 1:] != END)
    return torch.cat((words[:, :1], torch.where(taken, drawn, words[:, 1:])), 1)


def _save(checkpoint: Path, plan: Plan, shape: Shape, parts: dict, epochs: int) -> None:
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    aside = checkpoint.with_suffix(".part")
    told = {"plan": asdict(plan), "shape": asdict(shape), "epochs": epochs}
    torch.save({name: part.state_dict() for name, part in parts.items()} | told, aside)
    aside.rename(checkpoint)


def _resume(checkpoint: Path, plan: Plan, shape: Shape, parts: dict) -> int:
    """Load a checkpoint; gives how many epochs it has behind it."""
    if not checkpoint.exists():
        return 0
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    if (Plan(**state["plan"]), state["shape"]) != (plan, asdict(shape)):
        raise ValueError(f"{checkpoint} belongs to another plan, {state['plan']}. Remove it to start anew.")
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return state["epochs"]
