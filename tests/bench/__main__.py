"""All benchmarks: `make bench`. Exit code 1 if one does not hold what is promised."""

import os

from tests.bench import (
    ants_and_bees,
    captions,
    features,
    features_page,
    first_click,
    frames,
    interaction,
    presets,
    race,
    readers,
    residual,
    texts,
    verdicts,
)

if __name__ == "__main__":
    if "THAW_DATASETS" in os.environ:
        print("The engine against a plain loop (python -m tests.bench.race)")
        raced = race.main()
        print("\nClassifiers on embeddings (python -m tests.bench.features)")
        raced = features.main() and raced
        print("\nThe features page (python -m tests.bench.features_page)")
        raced &= features_page.main()
        print("\nAnts and bees through the browser (python -m tests.bench.ants_and_bees)")
        raced &= ants_and_bees.main()
        print("\nMany reviews (python -m tests.bench.texts)")
        raced &= texts.main()
        print("\nMany pictures (python -m tests.bench.captions)")
        raced &= captions.main()
        print("\nTraining on own texts (python -m tests.bench.readers)")
        raced &= readers.main()
    else:
        print("Set THAW_DATASETS to race on ants and bees, to judge reviews and to caption pictures; all left out.")
        raced = True
    print("\nVerdicts (python -m tests.bench.verdicts)")
    decided = verdicts.main([]) == 0
    print("\nLabels of frames (python -m tests.bench.frames)")
    watched = frames.main()
    print("\nTowers, plain and residual (python -m tests.bench.residual)")
    grown = residual.main()
    print("\nThe first click (python -m tests.bench.first_click)")
    quick = first_click.main()
    print("\nEstimates (python -m tests.bench.presets)")
    told = presets.main([])
    print("\nPages while it trains (python -m tests.bench.interaction)")
    raise SystemExit(not (interaction.main() and raced and decided and grown and watched and quick and told))
