"""Write networks that read text as they are shipped: weights, tokens, and the model card."""

import gzip
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors.torch import save_file
from torch import nn

if TYPE_CHECKING:
    from tokenizers import Tokenizer

DATA = {
    "en": "IMDb: 20,000 film reviews (Maas et al. 2011); SST-2: 6,920 sentences (Socher et al. 2013); a twentieth of "
    "the texts chose epoch and temperature",
    "ko": "NSMC: 175,000 short Korean film reviews (Park 2016); a twentieth of the texts chose epoch and temperature",
}
TERMS = {"en": "Those of IMDb and SST: research", "ko": "NSMC is CC0"}
WEAK = {
    "en": "Knows film reviews. Irony, praise by negation (“not bad at all” reads as bad), other subjects, and texts "
    "that are neither good nor bad mislead it.",
    "ko": "Knows short film reviews. Irony, other subjects, and texts that are neither good nor bad mislead it.",
}


def write(
    network: nn.Module, tokenizer: "Tokenizer", state: dict[str, Any], figures: dict[str, Any], folder: Path
) -> None:
    """Write sentiment_LANGUAGE: .safetensors in fp16, .tokenizer.json.gz, and the model card .json.

    `state` says what was trained and how: shape, plan of the last command, all commands, temperature, hours.
    """
    language = state["plan"]["language"]
    file = folder / f"sentiment_{language}.safetensors"
    save_file({name: part.half().contiguous() for name, part in network.state_dict().items()}, file)
    file.chmod(0o644)
    file.with_suffix(".tokenizer.json.gz").write_bytes(gzip.compress(tokenizer.to_str().encode(), 9, mtime=0))
    card = {
        "name": f"sentiment_{language}",
        "data": DATA[language],
        "terms": TERMS[language],
        "weaknesses": WEAK[language],
        "parameters": sum(part.numel() for part in network.parameters()),
        "date": time.strftime("%Y-%m-%d"),
        "command": ", then ".join(state["commands"]),
        **{name: state[name] for name in ("commands", "hours", "plan", "shape")},
        "temperature": round(state["temperature"], 4),
        "figures": figures,
        "measured": f"python -m model_zoo.recipes.sentiment {language} --measure",
    }
    file.with_suffix(".json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")
