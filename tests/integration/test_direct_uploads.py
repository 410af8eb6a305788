"""Files that clients put into the object store themselves, with gateway and worker as they are wired, on real S3."""

import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pikepdf import AttachedFileSpec, Pdf

from bulkpress_core.domain.jobs import JobId
from bulkpress_core.domain.lanes import PRESS_LANES
from compression_worker.cleaning import clean_up
from tests.support.installation import Installation, installed
from tests.support.pdf_factory import images
from tests.support.pdf_factory.signing import signed
from tests.support.s3 import S3Bucket

PART = 5 * 2**20
PHOTO = images.photo_jpeg(600, 450)


@pytest.fixture
def system(
    redis_url: str, s3_bucket: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    """An installation on S3 in which files above 5 MiB go up in parts of that."""
    limits = {"default": {"bytes_per_day": 100 * 2**20}}
    with installed(
        redis_url,
        s3_bucket,
        tmp_path / "scratch",
        monkeypatch,
        bulkpress_max_file_bytes=50 * 2**20,
        bulkpress_tenant_limits=limits,
    ) as made:
        made.app.state.parts.service.uploads._part_bytes = PART
        yield made


def kept(size_bytes: int) -> bytes:
    """A PDF of at least that size that stays as it is: it is signed."""
    pdf, made = Pdf.new(), io.BytesIO()
    pdf.add_blank_page()
    pdf.attachments["noise"] = AttachedFileSpec(pdf, os.urandom(size_bytes), filename="noise")
    pdf.save(made)
    return signed(made.getvalue())


def entry(content: bytes, name: str = "a.pdf", **own: Any) -> dict[str, Any]:
    """A file as a request names it."""
    return {"name": name, "size_bytes": len(content), **own}


def upload_of(system: Installation, job_id: JobId, number: int = 0, **query: int) -> dict[str, Any]:
    """How the file is to be uploaded."""
    answer = system.ask("GET", f"jobs/{job_id}/files/{number}/upload", params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def put(url: str, content: bytes) -> None:
    answer = httpx.put(url, content=content)
    assert answer.status_code == 200, answer.text


def put_parts(told: dict[str, Any], content: bytes) -> None:
    """Put those parts that are not there."""
    for part in told["parts"]:
        if part["url"]:
            start = (part["number"] - 1) * told["part_size_bytes"]
            put(part["url"], content[start : start + part["size_bytes"]])


def complete(system: Installation, job_id: JobId, number: int = 0) -> httpx.Response:
    return system.ask("POST", f"jobs/{job_id}/files/{number}/upload")


def unfinished(system: Installation, bucket: S3Bucket) -> list[str]:
    """Keys of all uploads in parts that are going on."""
    found = bucket.client.list_multipart_uploads(Bucket=f"{bucket.name}-own").get("Uploads", ())
    return [one["Key"] for one in found]


def test_small_files_are_put_whole_and_pressed_as_they_come(system: Installation) -> None:
    job_id = system.hand_in(files=[entry(PHOTO, "b/\u00e9.pdf"), entry(PHOTO)], compression_level="high")
    listed = system.ask("GET", f"jobs/{job_id}/uploads").json()
    assert [one["name"] for one in listed["uploads"]] == ["b/\u00e9.pdf", "a.pdf"]
    put(listed["uploads"][1]["url"], PHOTO)
    answer = complete(system, job_id, 1)
    assert (answer.status_code, answer.json()["state"]) == (200, "pending")
    job = system.press(job_id)
    assert (job["status"], job["done_count"], job["awaiting_count"]) == ("running", 1, 1)
    assert [file["state"] for file in job["files"]] == ["awaiting_upload", "done"]
    put(system.ask("GET", f"jobs/{job_id}/uploads").json()["uploads"][0]["url"], PHOTO)
    complete(system, job_id, 0)
    job = system.press_all(job_id)
    assert (job["done_count"], job["bytes_in"]) == (2, 2 * len(PHOTO))
    assert system.ask("GET", f"jobs/{job_id}/uploads").json() == {"uploads": [], "next": None}
    assert system.ask("GET", f"download/{job_id}").content.startswith(b"PK")


def test_a_large_file_goes_up_in_parts_and_goes_on_where_it_was_broken_off(
    system: Installation, s3_bucket: S3Bucket
) -> None:
    content = kept(2 * PART + 1000)
    job_id = system.hand_in(files=[entry(content)])
    first = upload_of(system, job_id, limit=2)
    assert (first["url"], first["part_count"], first["part_size_bytes"]) == (None, 3, PART)
    assert ([part["number"] for part in first["parts"]], first["next_part"]) == ([1, 2], 3)
    put(first["parts"][1]["url"], content[PART : 2 * PART])
    refused = complete(system, job_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_arrived")
    assert "2 of 3 parts are not there: 1, 3" in refused.json()["detail"]
    again = upload_of(system, job_id)
    assert [part["url"] is None for part in again["parts"]] == [False, True, False]
    put_parts(again, content)
    assert complete(system, job_id).json()["state"] == "pending"
    job = system.press_all(job_id)
    assert job["kept_count"] == 1
    assert system.ask("GET", f"download/{job_id}").content == content
    assert unfinished(system, s3_bucket) == []


def test_what_is_put_after_completion_changes_no_result(system: Installation) -> None:
    content = kept(1000)
    job_id = system.hand_in(files=[entry(content)])
    url = upload_of(system, job_id)["url"]
    put(url, content)
    complete(system, job_id)
    system.press_all(job_id)
    put(url, bytes(len(content)))
    assert system.ask("GET", f"download/{job_id}").content == content


def test_another_content_put_before_it_is_pressed_is_what_is_pressed_or_fails(system: Installation) -> None:
    job_id = system.hand_in(files=[entry(PHOTO)])
    url = upload_of(system, job_id)["url"]
    put(url, PHOTO)
    complete(system, job_id)
    put(url, bytes(len(PHOTO)))
    assert system.press_all(job_id)["files"][0]["reason"] == "not_a_pdf"


def test_what_is_no_pdf_fails_when_it_has_arrived_and_is_not_tried_again(system: Installation) -> None:
    job_id = system.hand_in(files=[entry(b"Dear Sir or Madam")])
    system.press(job_id)
    put(upload_of(system, job_id)["url"], b"Dear Sir or Madam")
    answer = complete(system, job_id).json()
    assert (answer["state"], answer["reason"]) == ("failed", "not_a_pdf")
    assert system.ask("GET", f"jobs/{job_id}").json()["status"] == "finished"
    assert system.ask("POST", f"jobs/{job_id}/retry").json()["failed_count"] == 1


def test_completing_twice_also_at_once_lets_the_file_wait_once(system: Installation) -> None:
    content = kept(PART + 1000)
    job_id = system.hand_in(files=[entry(content)])
    put_parts(upload_of(system, job_id), content)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: complete(system, job_id), range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    for lane in PRESS_LANES:
        system.deps.jobs.open(job_id, lane, now=system.deps.now())
    assert sum(system.deps.jobs.pending(lane) for lane in PRESS_LANES) == 1
    system.press_all(job_id)
    assert complete(system, job_id).json()["state"] == "kept"


def test_asking_for_parts_at_once_begins_one_upload(system: Installation, s3_bucket: S3Bucket) -> None:
    job_id = system.hand_in(files=[entry(bytes(PART + 1))])
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: upload_of(system, job_id), range(4)))
    assert len(unfinished(system, s3_bucket)) == 1
    for part in told[0]["parts"]:
        put(part["url"], bytes(part["size_bytes"]))
    assert complete(system, job_id).json()["reason"] == "not_a_pdf"


def test_an_upload_that_the_store_ended_is_begun_again(system: Installation, s3_bucket: S3Bucket) -> None:
    content = bytes(PART + 1)
    job_id = system.hand_in(files=[entry(content)])
    put_parts(upload_of(system, job_id), content)
    (key,) = unfinished(system, s3_bucket)
    (file,) = system.deps.jobs.files(job_id)
    bucket = f"{s3_bucket.name}-own"
    s3_bucket.client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=file.origin.upload_id)  # type: ignore[union-attr]
    assert complete(system, job_id).json()["code"] == "not_arrived"
    told = upload_of(system, job_id)
    assert all(part["url"] for part in told["parts"])
    put_parts(told, content)
    assert complete(system, job_id).status_code == 200


def test_nothing_is_completed_that_is_not_there(system: Installation) -> None:
    job_id = system.hand_in(files=[entry(PHOTO), entry(bytes(PART + 1))])
    for number in (0, 1):
        answer = complete(system, job_id, number)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_arrived")


def test_an_upload_given_up_fails_its_file_and_leaves_nothing(system: Installation, s3_bucket: S3Bucket) -> None:
    content = bytes(PART + 1)
    job_id = system.hand_in(files=[entry(content), entry(PHOTO)])
    put_parts(upload_of(system, job_id), content)
    put(upload_of(system, job_id, 1)["url"], PHOTO)
    for number in (0, 1):
        answer = system.ask("DELETE", f"jobs/{job_id}/files/{number}/upload").json()
        assert (answer["state"], answer["reason"]) == ("failed", "not_uploaded")
        assert complete(system, job_id, number).json()["code"] == "not_awaited"
        assert system.ask("DELETE", f"jobs/{job_id}/files/{number}/upload").status_code == 409
    assert unfinished(system, s3_bucket) == []
    assert list(system.deps.objects.keys("default/")) == []


def test_uploads_that_nothing_is_heard_of_are_swept(system: Installation, s3_bucket: S3Bucket) -> None:
    content = bytes(PART + 1)
    job_id = system.hand_in(files=[entry(content), entry(PHOTO), entry(PHOTO)])
    system.press(job_id)
    put_parts(upload_of(system, job_id), content)
    put(upload_of(system, job_id, 1)["url"], PHOTO)
    put(upload_of(system, job_id, 2)["url"], PHOTO)
    complete(system, job_id, 2)
    clean_up(system.deps)
    assert system.ask("GET", f"jobs/{job_id}").json()["awaiting_count"] == 2
    clean_up(replace(system.deps, upload_idle=timedelta(seconds=-1)))
    job = system.press_all(job_id)
    assert [file["reason"] for file in job["files"]] == ["not_uploaded", "not_uploaded", "compressed"]
    assert unfinished(system, s3_bucket) == []
    left = [key.rpartition(f"{job_id}/")[2] for key in system.deps.objects.keys("default/")]
    assert left == ["put/2.pdf", "result/2.pdf"]


def test_deleting_the_job_deletes_what_was_put_for_it(system: Installation, s3_bucket: S3Bucket) -> None:
    content = bytes(PART + 1)
    job_id = system.hand_in(files=[entry(content), entry(PHOTO)])
    put_parts(upload_of(system, job_id), content)
    put(upload_of(system, job_id, 1)["url"], PHOTO)
    system.ask("DELETE", f"jobs/{job_id}")
    assert unfinished(system, s3_bucket) == []
    assert list(system.deps.objects.keys("default/")) == []


def test_what_is_put_for_a_job_after_its_deletion_is_swept(system: Installation) -> None:
    job_id = system.hand_in(files=[entry(PHOTO)])
    url = upload_of(system, job_id)["url"]
    system.ask("DELETE", f"jobs/{job_id}")
    put(url, PHOTO)
    urls_are_over = system.deps.now() + timedelta(minutes=16)
    clean_up(replace(system.deps, now=lambda: urls_are_over))
    assert list(system.deps.objects.keys("default/")) == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": "a.pdf", "size_bytes": 0}, "invalid_source"),
        ({"name": "a.pdf", "size_bytes": True}, "invalid_source"),
        ({"name": "a.pdf", "size_bytes": "7"}, "invalid_source"),
        ({"name": "a.pdf", "size_bytes": 7, "url": "https://files.example/a.pdf"}, "invalid_source"),
        ({"size_bytes": 7}, "invalid_source"),
        ({"name": "", "size_bytes": 7}, "invalid_source"),
        ({"name": "a.pdf", "size_bytes": 7, "image_quality": 101}, "invalid_setting"),
        ({"name": "a.pdf", "size_bytes": 50 * 2**20 + 1}, "file_too_large"),
    ],
)
def test_files_named_wrongly_are_refused_and_nothing_of_the_job_stays(
    system: Installation, wrong: dict[str, Any], code: str
) -> None:
    answer = system.ask("POST", "bulk", json={"files": [entry(PHOTO), wrong]})
    assert answer.json()["code"] == code
    assert answer.status_code == (413 if code == "file_too_large" else 422)
    assert system.ask("GET", "jobs").json()["jobs"] == []


def test_bytes_to_be_uploaded_count_towards_those_of_the_day(system: Installation) -> None:
    sizes = [{"name": f"{number}.pdf", "size_bytes": 30 * 2**20} for number in range(3)]
    system.hand_in(files=sizes)
    answer = system.ask("POST", "bulk", json={"files": sizes[:1]})
    assert (answer.status_code, answer.json()["code"]) == (429, "daily_bytes_used_up")
    assert len(system.ask("GET", "jobs").json()["jobs"]) == 1


def test_ten_thousand_files_are_handed_in_with_one_request(system: Installation) -> None:
    job_id = system.hand_in(files=[{"name": f"{number}.pdf", "size_bytes": 1000} for number in range(10_000)])
    assert system.deps.jobs.get(job_id).totals.awaiting == 10_000
    page = system.ask("GET", f"jobs/{job_id}/uploads", params={"limit": 2}).json()
    assert [one["number"] for one in page["uploads"]] == [0, 1]
    last = system.ask("GET", f"jobs/{job_id}/uploads", params={"cursor": "9999"}).json()
    assert ([one["number"] for one in last["uploads"]], last["next"]) == ([9999], None)


def test_a_file_that_came_with_its_job_has_no_upload(system: Installation) -> None:
    answer = system.ask("POST", "bulk", files=[("files", ("a.pdf", PHOTO))])
    path = f"jobs/{answer.json()['job_id']}/files/0/upload"
    for method in ("GET", "POST", "DELETE"):
        told = system.ask(method, path)
        assert (told.status_code, told.json()["code"]) == (409, "not_awaited")
    assert system.ask("GET", path.replace("/0/", "/7/")).status_code == 404
