"""A worker process that knows the kinds of the tests; takes `--lane` as `python -m model_zoo work` does."""

import sys
from argparse import ArgumentParser
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from model_zoo.experiments.store import Store
from model_zoo.experiments.worker import Worker
from tests.experiments.kinds import KINDS

if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("--lane", required=True)
    parser.add_argument("--idle-seconds", type=float, default=20)
    arguments = parser.parse_args()
    worked = Worker(arguments.lane, Store(), KINDS, idle_seconds=arguments.idle_seconds).run()
    print("worked" if worked else "held by another")
