"""The line below the title of a features job: what was embedded by what, and what was fitted."""

from components.features.layer_step import TITLES
from components.features.record import Record
from components.job_names import pictures_title
from components.numbers import about, duration
from components.result.heading import counted, show_facts
from model_zoo import backbones


def heading(record: Record) -> None:
    """Say in one line which pictures, network, layers and classifiers these are."""
    spec = record.spec
    show_facts(
        {
            "Data": _data(record),
            "Network": f"{backbones.get(spec.backbone).title} at {spec.size} px",
            "Layers": f"{', '.join(spec.stages)} · {TITLES[spec.pooling].lower()}",
            "Classifiers": _classifiers(record),
        }
    )


def _data(record: Record) -> str:
    title, split = pictures_title(record.spec.to_json()), record.plan.get("split")
    pictures = split and counted(split["train"] + split["validation"] + split["test"], "picture")
    classes = record.result.get("classes")
    return ", ".join(filter(None, [title, pictures, classes and counted(len(classes), "class", "classes")]))


def _classifiers(record: Record) -> str:
    spec, job = record.spec, record.job
    told = f"{len(spec.classifiers)}{', tuned' if spec.tune else ''} × {counted(spec.seeds, 'seed')}"
    if job.state == "finished" and job.claimed and job.ended:
        return f"{told}, took {duration((job.ended - job.claimed).total_seconds())}"
    return f"{told}, {about(record.plan['seconds'])}" if "seconds" in record.plan else told
