"""The SDK uploads straight to a real S3 server, and goes on where it was broken off."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pikepdf import AttachedFileSpec, Pdf

from bulkpress_client import Client, Retries
from bulkpress_client.sdk.uploading import DirectUploader
from tests.support.installation import Installation, installed
from tests.support.pdf_factory import images
from tests.support.s3 import S3Bucket
from tests.unit.client.test_sdk import served

PART = 5 * 2**20
SOON = Retries(attempts=3, first_s=0.01, most_s=0.02)


@pytest.fixture
def system(
    redis_url: str, s3_bucket: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    """An installation on S3 in which files above 5 MiB go up in parts of that."""
    with installed(redis_url, s3_bucket, tmp_path / "scratch", monkeypatch) as made:
        made.app.state.parts.service.uploads._part_bytes = PART
        yield made


@pytest.fixture
def client(system: Installation) -> Iterator[Client]:
    """A client of it."""
    with served(system) as url, Client(url, retries=SOON) as made:
        yield made


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """A photograph, and a document of three parts."""
    pdf, made = Pdf.new(), io.BytesIO()
    pdf.add_blank_page()
    pdf.attachments["noise"] = AttachedFileSpec(pdf, os.urandom(2 * PART + 1000), filename="noise")
    pdf.save(made)
    (tmp_path / "photo.pdf").write_bytes(images.photo_jpeg(600, 450))
    (tmp_path / "large.pdf").write_bytes(made.getvalue())
    return [tmp_path / "photo.pdf", tmp_path / "large.pdf"]


def test_files_go_up_whole_and_in_parts_and_come_back_smaller(
    system: Installation, client: Client, paths: list[Path], tmp_path: Path
) -> None:
    arrived: list[int] = []
    job = client.submit_direct(paths, level="high", on_bytes=arrived.append)
    assert sum(arrived) == sum(path.stat().st_size for path in paths)
    assert (job.file_count, job.awaiting_count) == (2, 0)
    system.press_all(job.job_id)  # type: ignore[arg-type]
    results = {path.name: path.stat().st_size for path in client.download(job.job_id, tmp_path / "out")}
    assert all(results[path.name] < path.stat().st_size for path in paths)


def test_one_that_was_broken_off_goes_on_with_the_parts_that_are_missing(
    client: Client, paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    put, sent = DirectUploader._put_once, list[int]()

    def breaks_off(self: DirectUploader, url: str, path: Path, start: int, size_bytes: int) -> None:
        if start == PART and len(sent) == 2:
            raise KeyboardInterrupt
        put(self, url, path, start, size_bytes)
        sent.append(start)

    monkeypatch.setattr(DirectUploader, "_put_once", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        client.submit_direct(paths)
    (job,) = client.jobs()
    assert job.awaiting_count == 1
    sent.clear()
    job = client.upload(job.job_id, dict(enumerate(paths)))
    assert (job.awaiting_count, sent) == (0, [PART, 2 * PART])


def test_a_url_that_has_expired_is_asked_for_anew(
    client: Client, paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    put, urls = httpx.Client.put, list[str]()

    def first_ones_have_expired(self: httpx.Client, url: str, **more: Any) -> httpx.Response:
        urls.append(url)
        stale = url.replace("X-Amz-Expires=900", "X-Amz-Expires=901") if len(urls) in {1, 3} else url
        return put(self, stale, **more)

    monkeypatch.setattr(httpx.Client, "put", first_ones_have_expired)
    assert client.submit_direct(paths).awaiting_count == 0
    assert len(urls) == 2 + 4  # the photograph twice, the first of three parts twice


def test_a_file_that_has_become_shorter_is_told_of_and_its_job_can_be_given_up(
    client: Client, paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    put = DirectUploader._put_once

    def cut(self: DirectUploader, url: str, path: Path, start: int, size_bytes: int) -> None:
        path.write_bytes(b"%PDF")
        put(self, url, path, start, size_bytes)

    monkeypatch.setattr(DirectUploader, "_put_once", cut)
    with pytest.raises(OSError, match="shorter"):
        client.submit_direct(paths)
    (job,) = client.jobs()
    assert client.cancel(job.job_id).cancelled_count == 2
