"""Many to one: what the network says on the way is what it would say if the text ended there."""

import pytest
import torch

from model_zoo.rnn.sentiment_network import SentimentNetwork, Shape


def network(**changes: object) -> SentimentNetwork:
    torch.manual_seed(0)
    return SentimentNetwork(Shape(tokens=30, inputs=6, hidden_size=8, head_width=5, **changes)).eval()


def test_the_running_verdict_is_that_of_every_beginning_of_the_text() -> None:
    tokens = torch.randint(30, (1, 7))
    running = network().running(tokens)[0]
    for count in range(1, 8):
        torch.testing.assert_close(running[count - 1], network()(tokens[:, :count], torch.tensor([count]))[0])


@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_text_alone_and_beside_longer_ones_gets_the_same_verdict(bidirectional: bool) -> None:
    tokens, lengths = torch.randint(30, (3, 9)), torch.tensor([9, 2, 5])
    together = network(bidirectional=bidirectional)(tokens, lengths)
    for row, length in enumerate(lengths.tolist()):
        alone = network(bidirectional=bidirectional)(tokens[row : row + 1, :length], torch.tensor([length]))
        torch.testing.assert_close(together[row], alone[0])


def test_what_reads_bidirectional_has_no_running_verdict() -> None:
    with pytest.raises(ValueError, match="every beginning of the text"):
        network(bidirectional=True).running(torch.zeros(1, 3, dtype=torch.long))
