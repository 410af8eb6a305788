"""Images: what a Dockerfile must say, and that the linter of the field has nothing to say about it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = sorted(path.parent.name for path in ROOT.glob("services/*/pyproject.toml"))
SERVICES_THAT_PRESS = {"compression-worker"}


def dockerfile(service: str) -> str:
    return (ROOT / "services" / service / "Dockerfile").read_text()


def own_folders(service: str) -> set[str]:
    """The folders whose packages the service needs, by the paths that its projects name."""
    found, queue = set(), [f"services/{service}"]
    while queue:
        folder = queue.pop()
        found.add(folder)
        sources = tomllib.loads((ROOT / folder / "pyproject.toml").read_text()).get("tool", {}).get("uv", {})
        queue += [
            str((ROOT / folder / source["path"]).resolve().relative_to(ROOT))
            for source in sources.get("sources", {}).values()
        ]
    return found


def test_the_linter_finds_nothing() -> None:
    program = Path(sys.executable).with_name("hadolint")
    files = [f"services/{service}/Dockerfile" for service in SERVICES]
    done = subprocess.run([program, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("service", SERVICES)
class TestEachImage:
    def test_is_built_on_a_base_of_the_builders_choice(self, service: str) -> None:
        stages = re.findall(r"^FROM (\S+)", dockerfile(service), re.MULTILINE)
        assert stages == ["${BASE_IMAGE}", "${BASE_IMAGE}"]

    def test_runs_as_nobody_in_particular(self, service: str) -> None:
        users = re.findall(r"^USER (\S+)", dockerfile(service), re.MULTILINE)
        assert users == ["65532:65532"]  # by number, which is how Kubernetes sees that it is not root

    def test_says_what_it_is(self, service: str) -> None:
        labels = set(re.findall(r"org\.opencontainers\.image\.([a-z.]+)=", dockerfile(service)))
        assert labels >= {"title", "description", "licenses", "version", "revision", "base.name"}

    def test_holds_the_packages_of_its_own_lock_and_projects_alone(self, service: str) -> None:
        text = dockerfile(service)
        final = text.rpartition("FROM ")[2]
        copied = set(re.findall(r"^COPY ((?:libs|services)/\S+)/ ", text, re.MULTILINE))
        assert copied == own_folders(service)
        assert f"image_root.sh lock {service}\n" in text
        assert re.findall(r"^COPY (.+)", final, re.MULTILINE) == ["--from=build /opt/bulkpress /opt/bulkpress"]

    def test_installs_dependencies_before_the_code_that_changes_daily(self, service: str) -> None:
        """Or every change would install everything anew."""
        text = dockerfile(service)
        assert text.index("image_root.sh lock") < min(text.index("COPY libs/"), text.index("COPY services/"))

    def test_refuses_to_be_built_without_the_compiled_codec_if_it_presses(self, service: str) -> None:
        assert ("assert bulkpress_jbig2.IS_AVAILABLE" in dockerfile(service)) == (service in SERVICES_THAT_PRESS)


def test_nothing_but_code_and_locks_is_sent_to_the_builder() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    assert {line for line in lines if line.startswith("!")} == {
        "!libs",
        "!services",
        "!requirements",
        "!scripts/image_root.sh",
    }
