"""Run the worker of a lane. The dashboard starts it by itself; by hand it is of use on a machine without one."""

import logging
import os
from argparse import ArgumentParser, Namespace

HELP = "take waiting jobs of a lane, one after the other, until there are none"
NICENESS = 10  # so that pages stay quick while a network trains


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--lane", required=True, choices=("io", "device"), help="device also takes the quick jobs")
    parser.add_argument("--idle-seconds", type=float, default=60.0, help="leave after so long without work")
    parser.add_argument("--niceness", type=int, default=NICENESS, help="0 to compete with everything else")


def run(arguments: Namespace) -> int:
    from model_zoo.experiments.store import Store
    from model_zoo.experiments.worker import Worker

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if hasattr(os, "nice"):
        os.nice(arguments.niceness)
    if not Worker(arguments.lane, Store(), idle_seconds=arguments.idle_seconds, early=True).run():
        logging.info("Another worker holds the lane %s.", arguments.lane)
    return 0
