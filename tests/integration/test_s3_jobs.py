"""From a prefix in S3 to the same tree below another: gateway and worker as they are wired, on a real S3 server."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bulkpress_core.domain.jobs import JobId
from compression_worker.deps import Deps
from tests.support.installation import Installation, installed
from tests.support.pdf_factory import features, images
from tests.support.s3 import S3Bucket

NO_PDF = b"no PDF"


@dataclass
class WithArchive:
    """An installation, and the archive of a user beside its own objects."""

    system: Installation
    archive: S3Bucket

    @property
    def deps(self) -> Deps:
        return self.system.deps

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.system.ask(method, path, **more)

    def hand_in(self, **body: Any) -> JobId:
        return self.system.hand_in(**body)

    def press_all(self, job_id: JobId) -> dict[str, Any]:
        return self.system.press_all(job_id)

    def put(self, key: str, content: bytes) -> None:
        """Have an object in the archive."""
        self.archive.client.put_object(Bucket=self.archive.name, Key=key, Body=content)

    def content(self, prefix: str) -> dict[str, bytes]:
        """All objects of the archive below the prefix, by what follows it."""
        found = self.archive.client.list_objects_v2(Bucket=self.archive.name, Prefix=prefix).get("Contents", ())
        bodies = {one["Key"]: self.archive.client.get_object(Bucket=self.archive.name, Key=one["Key"]) for one in found}
        return {key.removeprefix(prefix): body["Body"].read() for key, body in bodies.items()}

    def url(self, key: str) -> str:
        """The address of a key in the archive."""
        return f"s3://{self.archive.name}/{key}"


@pytest.fixture
def installation(
    redis_url: str, s3_bucket: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WithArchive]:
    """An installation on S3 whose only tenant may use `in/`, `out/` and `lists/` of its archive."""
    prefixes = [f"s3://{s3_bucket.name}/{name}/" for name in ("in", "out", "lists")]
    allowed = {"bulkpress_s3_prefixes": {"default": prefixes}}
    with installed(redis_url, s3_bucket, tmp_path / "scratch", monkeypatch, **allowed) as system:
        made = WithArchive(system, s3_bucket)
        made.put("in/photo.pdf", images.photo_jpeg(600, 450))
        made.put("in/2024/M\u00e4rz/form + 1.pdf", features.form())
        made.put("in/2024/bad.pdf", NO_PDF)
        made.put("in/2024/notes.txt", NO_PDF)
        made.put("in/2024/", b"")
        yield made


def test_a_tree_becomes_the_same_tree_below_the_target_and_stays_as_it_is(installation: WithArchive) -> None:
    before = installation.content("in/")
    job_id = installation.hand_in(
        source={"prefix": installation.url("in/")}, target=installation.url("out/"), compression_level="high"
    )
    job = installation.press_all(job_id)
    assert (job["done_count"], job["failed_count"]) == (2, 1)
    results = installation.content("out/")
    assert set(results) == {"photo.pdf", "2024/M\u00e4rz/form + 1.pdf"}
    assert all(content.startswith(b"%PDF") and len(content) < len(before[key]) for key, content in results.items())
    assert job["bytes_in"] == sum(len(before[key]) for key in results)
    assert job["bytes_out"] == sum(map(len, results.values()))
    installation.ask("DELETE", f"jobs/{job_id}")
    assert (installation.content("in/"), installation.content("out/")) == (before, results)


def test_without_a_target_results_are_downloaded_from_the_job(installation: WithArchive) -> None:
    before = installation.content("in/")
    job_id = installation.hand_in(source={"prefix": installation.url("in/")})
    installation.press_all(job_id)
    answer = installation.ask("GET", f"download/{job_id}")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert set(archive.namelist()) == {"photo.pdf", "2024/M\u00e4rz/form + 1.pdf", "report.csv"}
    installation.ask("DELETE", f"jobs/{job_id}")
    assert installation.content("in/") == before
    assert installation.content("out/") == {}
    assert list(installation.deps.objects.keys("default/")) == []


def test_a_manifest_names_files_one_by_one(installation: WithArchive) -> None:
    installation.put("lists/m.csv", "key\nin/2024/M\u00e4rz/form + 1.pdf\nin/none.pdf\n".encode())
    source = {"manifest": installation.url("lists/m.csv")}
    job = installation.press_all(installation.hand_in(source=source, target=installation.url("out/")))
    assert [(file["name"], file["reason"]) for file in job["files"]] == [
        ("in/2024/M\u00e4rz/form + 1.pdf", "compressed"),
        ("in/none.pdf", "source_refused"),
    ]
    assert set(installation.content("out/")) == {"in/2024/M\u00e4rz/form + 1.pdf"}


def test_a_job_that_is_cancelled_leaves_all_originals(installation: WithArchive) -> None:
    before = installation.content("in/")
    job_id = installation.hand_in(source={"prefix": installation.url("in/")}, target=installation.url("out/"))
    installation.ask("POST", f"jobs/{job_id}/cancel")
    installation.press_all(job_id)
    assert (installation.content("in/"), installation.content("out/")) == (before, {})


def test_what_the_operator_has_not_listed_cannot_be_named(installation: WithArchive) -> None:
    installation.put("private/a.pdf", images.photo_jpeg(60, 45))
    answer = installation.ask("POST", "bulk", json={"source": {"prefix": installation.url("private/")}})
    assert (answer.status_code, answer.json()["code"]) == (403, "prefix_not_allowed")
