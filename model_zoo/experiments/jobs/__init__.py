"""Kinds of job, one file each; the file has the name of the kind, and what model_zoo.experiments.job asks of it."""
