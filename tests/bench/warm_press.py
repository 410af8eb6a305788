"""`python -m tests.bench.warm_press LEVEL STEPS SOURCE TARGET`: what one press costs in a warm process.

Workers and the command line fork a child of a process that has imported the engine already. So does this, and prints as
JSON what that child alone has cost. STEPS are those done without: names joined by commas, or `-` for none.
"""

import json
import os
import sys
from pathlib import Path

from bulkpress_engine.errors import EngineError
from bulkpress_engine.options import DEFAULT_LIMITS, Level, PressOptions, Step
from bulkpress_engine.press import press
from bulkpress_engine.sandbox.confinement import confine
from tests.bench.cost_of import cost


def main(level: str, steps: str, source: str, target: str) -> None:
    """Press in a child of its own, limited as the sandbox limits it, and print its cost."""
    without = frozenset(Step(name) for name in steps.split(",") if name != "-")
    child = os.fork()
    if child == 0:
        confine(DEFAULT_LIMITS)
        try:
            press(Path(source), Path(target), PressOptions(Level(level), without=without))
        except EngineError as error:
            print(error.code, file=sys.stderr)  # noqa: T201 - its last words, as of any other tool
            os._exit(1)
        os._exit(0)
    _, status, usage = os.wait4(child, 0)
    print(json.dumps(cost(status, usage)))  # noqa: T201 - the answer


if __name__ == "__main__":
    main(*sys.argv[1:])
