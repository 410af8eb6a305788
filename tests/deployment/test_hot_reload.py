"""The developers' reloader: it runs packages from a folder, and again when they change."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "charts" / "bulkpress" / "files" / "hot_reload.py"
SERVICE = "import pathlib, time\npathlib.Path({mark!r}).write_text({word!r})\ntime.sleep(600)\n"


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_changed_file_starts_the_service_anew_and_a_stop_is_passed_on(tmp_path: Path) -> None:
    code, mark = tmp_path / "code", tmp_path / "mark"
    code.mkdir()
    (code / "upload_gateway.py").write_text(SERVICE.format(mark=str(mark), word="old"))
    environment = {**os.environ, "BULKPRESS_HOT_RELOAD": str(code)}
    reloader = subprocess.Popen([sys.executable, SCRIPT, "upload_gateway"], env=environment)
    try:
        wait_for(lambda: mark.exists() and mark.read_text() == "old")
        (code / "upload_gateway.py").write_text(SERVICE.format(mark=str(mark), word="new"))
        wait_for(lambda: mark.read_text() == "new")
        reloader.send_signal(signal.SIGTERM)
        assert reloader.wait(timeout=30) == -signal.SIGTERM % 256  # the service's own end
    finally:
        reloader.kill()
