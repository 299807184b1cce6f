"""Clips as networks see them, and what those that were trained on marks say of every frame; kept as files of a job."""

import json
from collections.abc import Generator, Mapping
from dataclasses import asdict
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from model_zoo.data.video import Clip
from model_zoo.events import Progress
from model_zoo.home import home
from model_zoo.prefix_cache import PrefixCache
from model_zoo.rnn.frame_encoder import encoder
from model_zoo.rnn.frame_labels import OWN, FrameLabels
from model_zoo.rnn.frame_lesson import OwnNetwork
from model_zoo.rnn.frames import NETWORK, Watcher, labelled
from model_zoo.rnn.frames_network import FrameReader, Glance, Look, Shape, fill

NETWORKS = "networks.safetensors"
CACHE_BYTES = 1 << 30


def features(clip: Clip) -> Generator[Progress, None, Tensor]:
    """Give what the encoder sees in every frame, (T, WIDTH); what was seen before comes from the cache."""
    return (yield from encoder().features(clip.frames, PrefixCache(CACHE_BYTES, home("caches", "activations"))))


def own_labels(
    networks: Mapping[str, OwnNetwork], classes: tuple[str, ...], clip: Clip, seen: Tensor
) -> dict[str, FrameLabels]:
    """Label every frame by networks that each have a glance of their own; gives the task OWN."""
    found = [
        labelled(Watcher(network.eval().glance, {name: network.reader}, {OWN: classes}), seen, (OWN,),
                 clip.seconds.tolist(), clip.length)[OWN]
        for name, network in networks.items()
    ]  # fmt: skip
    chances = {name: chance for each in found for name, chance in each.chances.items()}
    told = min(found, key=lambda each: (not each.states, each.told_of != NETWORK))
    return {OWN: FrameLabels(**vars(told) | {"chances": chances})}


def keep(networks: Mapping[str, OwnNetwork], classes: tuple[str, ...], file: Path) -> None:
    """Write networks; how they are built and their classes stand in the metadata."""
    built = {
        name: {"look": asdict(network.glance.look), "shape": asdict(network.reader.shape)}
        for name, network in networks.items()
    }
    write(file, networks, {"classes": json.dumps(classes), "networks": json.dumps(built)})


def write(file: Path, networks: Mapping[str, nn.Module], about: dict[str, str] | None = None) -> None:
    """Write networks in half precision, what is in each under its name; `about` is the metadata."""
    parts = {
        f"{name}/{key}": part.half().contiguous()
        for name, network in networks.items()
        for key, part in network.state_dict().items()
    }
    save_file(parts, file, about)
    file.chmod(0o644)


def kept(file: Path) -> tuple[dict[str, OwnNetwork], tuple[str, ...]]:
    """Read what `keep` wrote, in full precision: networks by name, and their classes. Raises ValueError."""
    from safetensors import safe_open

    try:
        with safe_open(file, "pt") as opened:
            told = opened.metadata()
        parts = load_file(file)
    except (FileNotFoundError, SafetensorError) as error:
        raise ValueError("The networks of this training are no longer here. Train them again.") from error
    networks = {}
    for name, built in json.loads(told["networks"]).items():
        network = OwnNetwork(Glance(Look(**built["look"])), FrameReader(Shape.from_json(built["shape"])))
        networks[name] = fill(network, parts, name)
    return networks, tuple(json.loads(told["classes"]))
