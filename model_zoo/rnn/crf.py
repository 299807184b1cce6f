"""A linear-chain conditional random field (Lafferty et al. 2001; over an LSTM: Lample et al. 2016, arXiv:1603.01360).

The score of a reading is the sum of its emissions and of its transitions; its probability is the share of exp(score)
among all readings that are allowed. What may not follow has probability 0, in training and in every answer.
"""

import torch
from torch import Tensor, nn

FORBIDDEN = -1e4  # as a score: exp gives 0, and unlike -inf it leaves gradients finite
NOWHERE = -1e6  # the score of a reading that does not exist


class CRF(nn.Module):
    """Transitions between K tags; `starts` (K,) and `follows` (K, K), row to column, say what is allowed."""

    starts: Tensor
    follows: Tensor

    def __init__(self, starts: Tensor, follows: Tensor) -> None:
        super().__init__()
        self.register_buffer("starts", starts, persistent=False)
        self.register_buffer("follows", follows, persistent=False)
        self.first, self.last = nn.Parameter(torch.zeros(len(starts))), nn.Parameter(torch.zeros(len(starts)))
        self.between = nn.Parameter(torch.zeros(len(starts), len(starts)))

    def log_likelihood(self, emissions: Tensor, lengths: Tensor, right: Tensor) -> Tensor:
        """Give log p (B,) of all readings together whose tags are `right` (B, T, K), a boolean, at every step."""
        among = emissions.masked_fill(~right, FORBIDDEN)
        both = self.log_partition(torch.cat((among, emissions)), lengths.repeat(2))
        return both[: len(lengths)] - both[len(lengths) :]

    def log_partition(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Give the log of the sum over all readings (B,) of emissions (B, T, K) of `lengths` (B,), at least 1."""
        return torch.logsumexp(self._forwards(emissions, lengths)[-1] + self.last, 1)

    def transitions(self) -> Tensor:
        """Give what it adds to a score that the tag of a column follows that of a row, (K, K); or FORBIDDEN."""
        return self.between.masked_fill(~self.follows, FORBIDDEN)

    @torch.no_grad()
    def marginals(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Give the probability of every tag at every step, (B, T, K), by forward–backward."""
        forwards = torch.stack(self._forwards(emissions, lengths), 1)
        return (forwards + self._backwards(emissions, lengths)).softmax(2)

    @torch.no_grad()
    def best(self, emissions: Tensor, lengths: Tensor, k: int = 1) -> tuple[Tensor, Tensor]:
        """Give the k likeliest readings, best first: tags (B, k, T), log probabilities (B, k); Viterbi's algorithm.

        Where fewer than k are allowed, the log probabilities of the rest are below FORBIDDEN / 2.
        """
        scores, pointers = self._searched(emissions, lengths, k)
        scores, place = (scores + self.last[:, None]).flatten(1).topk(k)  # (B, k)
        tags = [place // k]
        for pointer in reversed(pointers):
            place = pointer.flatten(1).gather(1, place)
            tags.append(place // k)
        return torch.stack(tags[::-1], 2), scores - self.log_partition(emissions, lengths)[:, None]

    def _searched(self, emissions: Tensor, lengths: Tensor, k: int) -> tuple[Tensor, list[Tensor]]:
        """Give the k best scores (B, K, k) of what ends in each tag, and whence each came, a step each (B, K, k)."""
        batch, steps, tags = emissions.shape
        between, stay = self.transitions()[:, None], torch.arange(tags * k, device=emissions.device).view(tags, k)
        scores = emissions.new_full((batch, tags, k), NOWHERE)
        scores[:, :, 0] = self._first() + emissions[:, 0]
        pointers = []
        for step in range(1, steps):
            came = (scores[..., None] + between).flatten(1, 2).topk(k, dim=1)  # (B, k, K), of K * k ways
            goes_on = (step < lengths)[:, None, None]
            found = came.values.transpose(1, 2) + emissions[:, step, :, None]
            scores = torch.where(goes_on, found, scores)
            pointers.append(torch.where(goes_on, came.indices.transpose(1, 2), stay))
        return scores, pointers

    def _forwards(self, emissions: Tensor, lengths: Tensor) -> list[Tensor]:
        between, found = self.transitions(), [self._first() + emissions[:, 0]]
        for step in range(1, emissions.shape[1]):
            ahead = torch.logsumexp(found[-1][:, :, None] + between, 1) + emissions[:, step]
            found.append(torch.where((step < lengths)[:, None], ahead, found[-1]))
        return found  # T times (B, K); what lies beyond a length repeats its last

    def _backwards(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        between, found = self.transitions(), [self.last.expand(len(emissions), -1)]
        for step in range(emissions.shape[1] - 1, 0, -1):
            behind = torch.logsumexp(between + (found[-1] + emissions[:, step])[:, None], 2)
            found.append(torch.where((step < lengths)[:, None], behind, found[-1]))
        return torch.stack(found[::-1], 1)  # (B, T, K)

    def _first(self) -> Tensor:
        return self.first.masked_fill(~self.starts, FORBIDDEN)
