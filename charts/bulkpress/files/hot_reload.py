"""For developers: run a service from files that change, and start it anew when they do.

    python hot_reload.py MODULE ARGUMENT...

The service's own packages are copied to /code once, which a volume keeps, and are run from there as
`python -m MODULE ARGUMENT...`. `skaffold dev` puts changed files there. Standard library alone: it runs in any image.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

CODE = Path(os.environ.get("BULKPRESS_HOT_RELOAD", "/code"))
OWN = ("bulkpress_*", "upload_gateway", "compression_worker", "celery_worker.py", "scheduler")
LOOK_EVERY_S = 0.5


def copy_code(installed, code):
    """Copy the project's packages from where they are installed, unless they are there from an earlier start."""
    for pattern in OWN:
        for source in installed.glob(pattern):
            target = code / source.name
            if source.name.endswith(".dist-info") or target.exists():
                continue
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(source, target)


def state_of(code):
    """What changes when a Python file is written, added or removed."""
    found = {}
    for path in code.rglob("*.py"):
        with contextlib.suppress(FileNotFoundError):  # replaced in this moment
            found[path] = path.stat().st_mtime_ns
    return found


def start(command, code):
    """The service, which reads its packages from there before all others."""
    return subprocess.Popen([sys.executable, "-m", *command], env={**os.environ, "PYTHONPATH": str(code)})


def main(command):
    """Run it until told to stop; return its exit code. One that ends by itself waits for the next change."""
    copy_code(Path(sysconfig.get_path("purelib")), CODE)
    asked_to_stop = []
    signal.signal(signal.SIGTERM, lambda number, _: asked_to_stop.append(number))
    seen, service = state_of(CODE), start(command, CODE)
    while not asked_to_stop:
        time.sleep(LOOK_EVERY_S)
        now = state_of(CODE)
        if now != seen:
            print("hot reload: files changed, starting anew", flush=True)
            service.terminate()
            service.wait()
            seen, service = now, start(command, CODE)
    service.terminate()
    return service.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
