"""Running out of memory is told apart from everything else, however it is put."""

import pytest
import torch

from model_zoo.memory import ran_out


def test_a_tensor_that_no_machine_can_hold_is_memory_that_ran_out() -> None:
    with pytest.raises(RuntimeError) as raised:
        torch.empty(1 << 50, dtype=torch.uint8)
    assert ran_out(raised.value)


@pytest.mark.parametrize("error", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory.")])
def test_every_way_of_running_out_is_known(error: Exception) -> None:
    assert ran_out(error)


def test_other_errors_are_not_memory() -> None:
    assert not ran_out(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    assert not ran_out(ValueError("out of memory"))
