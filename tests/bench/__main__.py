"""All benchmarks: `make bench`. Exit code 1 if one does not hold what is promised."""

import os

from tests.bench import race, verdicts

if __name__ == "__main__":
    if "THAW_DATASETS" in os.environ:
        print("The engine against a plain loop (python -m tests.bench.race)")
        raced = race.main()
    else:
        print("Set THAW_DATASETS to race the engine against a plain loop on ants and bees; left out.")
        raced = True
    print("\nVerdicts (python -m tests.bench.verdicts)")
    raise SystemExit(not (raced and verdicts.main([]) == 0))
