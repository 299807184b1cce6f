"""The jobs of the networks page, on the shipped network: what they leave in their folders."""

import io
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.numpy import load_file

from model_zoo import backbones
from model_zoo.backbones.backbone import with_pretrained_head
from model_zoo.data import kept
from model_zoo.data.views import normalise
from model_zoo.events import Finished, Progress, Started
from model_zoo.experiments.job import KINDS, Context
from model_zoo.experiments.jobs import excite, maximise
from model_zoo.explain.channels import TOP, activations

SHIPPED = next(iter(backbones.REGISTRY))
EXCITE = {"backbone": SHIPPED, "data": "materials:per_class=3", "size": 48}
MAXIMISE = {"backbone": SHIPPED, "stage": "", "channel": 1, "size": 64, "steps": 4, "seed": 0}


def test_the_pictures_that_excite_each_channel_are_those_of_a_direct_forward_pass(tmp_path: Path) -> None:
    *told, ended = excite.run(EXCITE, Context("one", tmp_path))

    assert isinstance(ended, Finished)
    row = backbones.get(SHIPPED)
    assert tuple(ended.result["channels"]) == row.stage_names
    assert Started({"pictures": 30}) in told
    shares = [event.done for event in told if isinstance(event, Progress) and event.done and "Looking" in event.doing]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0

    found, pictures = load_file(tmp_path / excite.FILE), kept.find(ended.result["pictures_file"])
    assert pictures is not None
    pixels = torch.from_numpy(pictures.pictures(range(30)).transpose(0, 3, 1, 2).copy())
    direct = activations(with_pretrained_head(row).float(), normalise(pixels, row.mean, row.deviation))
    for index, stage in enumerate(row.stage_names):
        peaks = direct[stage].amax((2, 3)).T  # (C, N)
        assert found[f"values.{index}"].shape == (ended.result["channels"][stage], TOP)
        assert np.allclose(found[f"values.{index}"], peaks.topk(TOP).values, rtol=1e-3, atol=1e-4)
        kept_peaks = peaks.gather(1, torch.from_numpy(found[f"pictures.{index}"]).long())
        assert np.allclose(found[f"values.{index}"], kept_peaks, rtol=1e-3, atol=1e-4), "and the indices are theirs"


def test_of_a_large_set_pictures_spread_over_it_are_looked_at(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(excite, "MOST", 10)
    *_, ended = excite.run(EXCITE, Context("one", tmp_path))

    assert ended.result["looked_at"] == 10
    assert set(load_file(tmp_path / excite.FILE)["pictures.0"].flatten().tolist()) <= set(range(0, 30, 3))


def test_a_picture_that_was_drawn_for_a_channel_is_kept_and_the_same_again(tmp_path: Path) -> None:
    files = []
    spec = MAXIMISE | {"stage": backbones.get(SHIPPED).stage_names[1]}
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        *told, ended = maximise.run(spec, Context(name, tmp_path / name))
        assert len([event for event in told if isinstance(event, Progress) and event.done]) == 4
        assert ended.result["after"] > ended.result["before"]
        files.append((tmp_path / name / ended.result["file"]).read_bytes())

    assert files[0] == files[1]
    assert Image.open(io.BytesIO(files[0])).size == (64, 64)


def test_both_are_quick_and_described_for_the_list_of_jobs() -> None:
    assert KINDS["excite"].LANE == KINDS["maximise"].LANE == "quick"
    title = backbones.get(SHIPPED).title
    assert KINDS["excite"].describe(EXCITE) == f"{title} on Materials at 48 pixels"
    assert KINDS["maximise"].describe(MAXIMISE | {"stage": "stem"}) == f"{title}, channel 1 of stem"
