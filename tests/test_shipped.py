"""The shipped weights on the bundled pictures: good enough to be worth freezing, not so good that all is easy."""

import numpy as np
import pytest
import torch

from model_zoo import backbones
from model_zoo.data.opening import open_set
from model_zoo.data.splits import split
from model_zoo.data.views import normalise
from tests.data.makers import drive


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet_mini", "vgg_mini"])
def test_a_linear_probe_on_the_default_materials_is_neither_easy_nor_hopeless(name: str) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    backbone = backbones.get(name)
    _, images = drive(open_set("materials", backbone.size))
    network = backbone.network(len(images.classes), seed=0).eval()
    with torch.inference_mode():
        parts = images.pictures.split(100)
        found = torch.cat([network[:-1](normalise(part, backbone.mean, backbone.deviation)) for part in parts]).numpy()
    labels, accuracies = images.labels.numpy(), []
    for seed in range(3):
        drawn = split(images, seed)
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=200))
        probe.fit(found[drawn.train], labels[drawn.train])
        accuracies.append(probe.score(found[drawn.test], labels[drawn.test]))
    assert 0.75 <= np.mean(accuracies) <= 0.92
