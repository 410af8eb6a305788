"""Fuzz the engine: `make fuzz SECONDS=600`, or with libFuzzer's own options

    python -m tests.fuzz FOLDER -max_total_time=600

The seeds and what fuzzing learns are kept in FOLDER/corpus; a finding is FOLDER/crash-…, timeout-… or oom-…, and
`python -m tests.fuzz FOLDER FOLDER/crash-…` runs it once more.
"""

import logging
import random
import sys
from pathlib import Path

import atheris

from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import MOST_BYTES, write_seeds

with atheris.instrument_imports(include=["bulkpress_engine"]):
    from tests.fuzz.press_target import press_any_bytes

SECONDS_EACH = 30
MEMORY_MIB = 1536
SHARE_OF_OBJECTS = 0.5  # of the mutations; the others change bytes


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """A mutation of the objects or of the bytes of a document."""
    chance = random.Random(seed)
    changed = mutated(data, chance) if chance.random() < SHARE_OF_OBJECTS else data
    return changed if changed != data and len(changed) <= max_size else bytes(atheris.Mutate(data, max_size))


def main() -> None:
    """Fuzz for as long as the options say, or run the one file that they name."""
    folder = Path(sys.argv[1])
    corpus = folder / "corpus"
    write_seeds(corpus)
    logging.disable()
    ours = [f"-artifact_prefix={folder}/", f"-max_len={MOST_BYTES}", f"-timeout={SECONDS_EACH}",
            f"-rss_limit_mb={MEMORY_MIB}"]  # fmt: skip
    theirs = sys.argv[2:]
    is_replay = any(not option.startswith("-") for option in theirs)
    atheris.Setup([sys.argv[0], *ours, *theirs, *([] if is_replay else [str(corpus)])], press_any_bytes,
                  custom_mutator=mutate)  # fmt: skip
    atheris.Fuzz()


if __name__ == "__main__":
    main()
