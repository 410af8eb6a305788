"""The design's boundaries that no import contract can say."""

import ast
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from scripts.check_locks import SOURCES, pins

ROOT = Path(__file__).resolve().parents[2]
PYTHON_FILES = sorted(
    path for folder in ("libs", "services", "scripts", "tests") for path in (ROOT / folder).rglob("*.py")
)
READS_ENVIRONMENT = {  # the one module of each side that may
    "libs/client/src/bulkpress_client/settings.py",
    "libs/engine/src/bulkpress_engine/sandbox/sandbox.py",  # hands a chosen few on to the child, uses none
}
LOCK_OF_SERVICE = {
    "upload_gateway": "upload-gateway",
    "compression_worker": "compression-worker",
    "scheduler": "scheduler",
    "bulkpress_flower": "flower",
    "bulkpress_client": "client",
}
IMPORTED_LATE = ("kombu.transport.redis", "celery.backends.redis")  # by name, when the first message is sent or taken
LONGEST_FILE_LINES = 350


def environment_reads(path: Path) -> list[int]:
    """Lines on which a file reads the process environment; writing to it for a child is another matter."""
    tree = ast.parse(path.read_text())
    written = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del)
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and node.attr in {"environ", "getenv", "environb"}
        and id(node) not in written
    ]


def test_only_settings_read_the_environment() -> None:
    sources = [path for path in PYTHON_FILES if path.relative_to(ROOT).parts[0] in {"libs", "services"}]
    offenders = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in sources
        if str(path.relative_to(ROOT)) not in READS_ENVIRONMENT
        for line in environment_reads(path)
    }
    assert offenders == set()


def test_no_file_holds_more_than_one_can_read_at_a_sitting() -> None:
    long = {str(path.relative_to(ROOT)): lines for path in PYTHON_FILES if (lines := _lines(path)) > LONGEST_FILE_LINES}
    assert long == {}


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


@pytest.mark.parametrize(("module", "lock"), LOCK_OF_SERVICE.items())
def test_a_service_needs_no_package_that_its_own_lock_does_not_name(module: str, lock: str, tmp_path: Path) -> None:
    """Import every module of the service with only the locked packages, linked one by one, on the path."""
    for name in pins(lock):
        link_distribution(name, tmp_path)
    projects, _ = SOURCES[lock]
    own = [str(ROOT / folder / "src") for folder in {*projects, "libs/core", "libs/engine", "libs/jbig2"}]
    program = (
        "import sys, pkgutil, importlib\n"
        f"sys.path += {[*own, str(tmp_path)]!r}\n"
        f"package = importlib.import_module({module!r})\n"
        "for found in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "    if '.local' not in found.name and not found.name.endswith('__main__'):\n"
        "        importlib.import_module(found.name)\n"
        f"for late in {IMPORTED_LATE!r} if 'celery' in sys.modules else ():\n"
        "    importlib.import_module(late)\n"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def link_distribution(name: str, folder: Path) -> None:
    """Link an installed distribution's top-level files into `folder`; one for another platform is passed over."""
    try:
        files = distribution(name).files or []
    except ModuleNotFoundError:
        return
    site = Path(str(distribution(name).locate_file("")))
    for top in {entry.parts[0] for entry in files} - {"..", "__pycache__"}:
        if not (folder / top).exists():
            (folder / top).symlink_to(site / top)
