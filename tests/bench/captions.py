"""How long a thousand photographs take in a job, one takes once the network is loaded, and loading takes.

    THAW_DATASETS=… python -m tests.bench.captions

The photographs are those of Flickr8k's validation split, in the shape and size that they had before they were squashed.
"""

import io
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from statistics import median

from PIL import Image

from model_zoo.data import uploads
from model_zoo.events import drained
from model_zoo.experiments.job import Context
from model_zoo.experiments.jobs import caption_pictures
from model_zoo.rnn import captioning

PICTURES, TRIALS = 1_000, 20
SHAPE = (500, 375)  # pixels, as most photographs of Flickr8k have
JOB_ASKED, ONE_ASKED, LOAD_ASKED = 90.0, 0.3, 2.0  # seconds
LOAD = "import time; from model_zoo.rnn import captioning, captioned; t = time.perf_counter(); " + (
    "captioning.load('attention'); print(time.perf_counter() - t)"
)


def main() -> bool:
    """Print the seconds of all three; gives whether they are as promised."""
    photographs = _photographs(Path(os.environ["THAW_DATASETS"]))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["THAW_HOME"] = folder
        job, estimated = _job(photographs, Path(folder))
    one = _one(photographs[:TRIALS])
    load = float(subprocess.run([sys.executable, "-c", LOAD], check=True, stdout=subprocess.PIPE).stdout)
    print(f"{job:.1f} s for {PICTURES:,} pictures in a job (asked: {JOB_ASKED:g}; estimated: {estimated:.0f})")
    print(f"{1000 * one:.0f} ms for one, from file to words, by a beam of three (asked: {1000 * ONE_ASKED:g})")
    print(f"{load:.1f} s to load the network, torch being there (asked: {LOAD_ASKED:g})")
    return job < JOB_ASKED and one < ONE_ASKED and load < LOAD_ASKED


def _photographs(data: Path) -> list[bytes]:
    from pyarrow import parquet

    table = parquet.read_table(data / "flickr8k.parquet", columns=["image"], filters=[("split", "=", "val")])
    found = []
    for content in table["image"].to_pylist()[:PICTURES]:
        file = io.BytesIO()
        Image.open(io.BytesIO(content)).convert("RGB").resize(SHAPE).save(file, "JPEG", quality=90)
        found.append(file.getvalue())
    return found


def _job(photographs: list[bytes], folder: Path) -> tuple[float, float]:
    """Caption all in a job; gives the seconds that it took, the network loaded in it, and those that were estimated."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for place, content in enumerate(photographs):
            archive.writestr(f"{place}.jpg", content)
    packed.seek(0)
    spec = {"data": uploads.keep_archive(packed, "photographs.zip")}
    began = time.perf_counter()
    *_, last = caption_pictures.run(spec, Context("bench", folder))
    assert last.result["pictures"] == len(photographs)
    return time.perf_counter() - began, caption_pictures.estimate(len(photographs), sum(map(len, photographs)))


def _one(photographs: list[bytes]) -> float:
    captioner = captioning.load("attention")
    seconds = []
    for content in photographs:
        began = time.perf_counter()
        drained(captioning.captions(captioner, captioning.pixels(content)[None]))
        seconds.append(time.perf_counter() - began)
    return median(seconds)


if __name__ == "__main__":
    sys.exit(not main())
