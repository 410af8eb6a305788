"""The use cases, as operators of the first version call them."""

import base64
import hashlib
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from bulkpress_core.domain.compression import CompressionLevel, CompressionSettings
from bulkpress_core.domain.cost import EXPRESS_FILES, FIXED_MS, MS_PER_MEGAPIXEL
from bulkpress_core.domain.errors import (
    FileTooLargeError,
    InvalidRequestError,
    InvalidSettingError,
    JobNotFoundError,
    NoFilesError,
    StateUnavailableError,
    StoreUnavailableError,
    TooManyFilesError,
)
from bulkpress_core.domain.jobs import JobState
from bulkpress_core.domain.lanes import Lane
from tests.unit.gateway.world import LIMITS, NOW, World, failed, in_pieces, kept
from upload_gateway import intake

PDF = b"%PDF-1.7 and so on"


def test_the_first_versions_way_of_working_still_works(world: World) -> None:
    job = world.service.create_bulk_job("anna", [("a.pdf", PDF), ("b.pdf", PDF)], {"compression_level": "medium"})
    task_id = world.service.process_bulk_job_async(job.id)
    assert task_id == job.task_id
    assert world.service.get_task_status(task_id)["state"] == "PENDING"

    world.end(job.id, world.done(b"%PDF"))
    status = world.service.get_task_status(task_id)
    assert (status["state"], status["progress"]) == ("PROGRESS", 50.0)
    progress = world.service.get_job_progress(job.id)
    assert (progress["completed_count"], progress["file_count"]) == (1, 2)


def test_a_task_succeeds_when_any_file_has_a_result_and_fails_when_none_has(world: World) -> None:
    mixed = world.service.create_bulk_job(1, [("a", PDF), ("b", PDF)])
    world.end(mixed.id, failed, kept)
    hopeless = world.service.create_bulk_job(1, [("a", PDF), ("b", PDF)])
    world.end(hopeless.id, failed, failed)
    assert world.service.get_task_status(mixed.task_id)["state"] == "SUCCESS"
    assert world.service.get_task_status(hopeless.task_id)["state"] == "FAILURE"


def test_a_job_is_sealed_with_its_settings_tenant_and_expiry(world: World) -> None:
    settings = {"compression_level": "high", "image_quality": 40}
    job = world.jobs.get(world.service.create_bulk_job("anna@example.org", [("a.pdf", PDF)], settings).id)
    assert job.state is JobState.QUEUED
    assert job.settings == CompressionSettings(CompressionLevel.HIGH, 40)
    assert job.tenant == "anna@example.org"
    assert (job.created_at, job.expires_at) == (NOW, NOW + LIMITS.expires_in)


class _FrameworkUpload(BytesIO):
    filename = "from a form.pdf"


def test_files_are_taken_in_every_form_an_operator_has_at_hand(world: World, tmp_path: Path) -> None:
    path = tmp_path / "on disk.pdf"
    path.write_bytes(PDF)
    with path.open("rb") as opened:
        job = world.service.create_bulk_job(
            "anna",
            [
                path,
                str(path),
                opened,
                _FrameworkUpload(PDF),
                ("bytes.pdf", PDF),
                ("array.pdf", bytearray(PDF)),
                ("path.pdf", path),
                ("file.pdf", BytesIO(PDF)),
                ("pieces.pdf", in_pieces(PDF, 5)),
            ],
        )
    files = world.jobs.files(job.id)
    assert [file.name for file in files] == [
        "on disk.pdf",
        "on disk.pdf",
        "on disk.pdf",
        "from a form.pdf",
        "bytes.pdf",
        "array.pdf",
        "path.pdf",
        "file.pdf",
        "pieces.pdf",
    ]
    assert [b"".join(world.objects.read(file.source_key)) for file in files] == [PDF] * 9
    assert {file.size_bytes for file in files} == {len(PDF)}


def test_file_records_are_sent_in_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "RECORDS_PER_BATCH", 3)
    job = world.service.create_bulk_job("anna", (("x.pdf", PDF) for _ in range(7)))
    assert world.jobs.batches == [3, 3, 1]
    assert [file.number for file in world.jobs.files(job.id)] == list(range(7))


def test_a_files_cost_is_predicted_from_what_passes_by_and_what_is_no_pdf_is_free(world: World) -> None:
    image = b"<< /Subtype /Image /Width 4000 /Height 2500 >>"  # 10 megapixels
    job = world.service.create_bulk_job("anna", [("a.pdf", PDF + image), ("b.pdf", PDF), ("empty.pdf", b"")])
    scanned, plain, none = (file.cost for file in world.jobs.files(job.id))
    assert plain >= FIXED_MS
    assert none == 0.0
    assert scanned - plain == pytest.approx(10 * MS_PER_MEGAPIXEL, abs=1.0)
    assert world.jobs.get(job.id).cost == pytest.approx(scanned + plain)


def test_a_file_that_will_take_long_is_for_the_heavy_lane(world: World) -> None:
    scans = b"<< /Width 10000 /Height 10000 >>" * 30
    job = world.service.create_bulk_job("anna", [("scans.pdf", PDF + scans), ("a.pdf", PDF)])
    assert [file.heavy for file in world.jobs.files(job.id)] == [True, False]


def test_files_of_the_same_content_have_the_same_digest(world: World) -> None:
    job = world.service.create_bulk_job("anna", [("a.pdf", PDF), ("b.pdf", PDF), ("c.pdf", PDF + b" ")])
    first, same, other = (file.digest for file in world.jobs.files(job.id))
    assert first == same != other
    assert first == base64.b64encode(hashlib.sha256(PDF).digest()).decode().rstrip("=")


def test_a_tenant_has_the_weight_that_the_installation_gives_it(world: World) -> None:
    weights = {user: world.service.open_intake(user).job.weight for user in ("anna", "gold")}
    assert weights == {"anna": 1.0, "gold": 3.0}


@pytest.mark.parametrize(("files", "lane"), [(1, Lane.EXPRESS), (EXPRESS_FILES + 1, Lane.COMPRESSION)])
def test_a_job_is_announced_in_the_lane_of_its_files(world: World, files: int, lane: Lane) -> None:
    job = world.service.create_bulk_job("anna", [("a.pdf", PDF)] * files)
    world.service.process_bulk_job_async(job.id)
    assert world.queue.waiting(lane) == 1


def test_an_upload_that_goes_on_is_not_taken_for_broken_off(world: World) -> None:
    intake = world.service.open_intake("anna")
    world.time += timedelta(hours=2)
    intake.begin("a.pdf")
    intake.write(PDF)
    assert world.jobs.stalled(untouched_since=world.time, limit=9) == []


def test_a_job_is_recorded_before_its_first_byte_is_stored(world: World) -> None:
    opened = world.service.open_intake("anna")
    assert world.jobs.get(opened.job.id).state is JobState.RECEIVING
    assert world.stored() == []


def _unreadable() -> object:
    yield PDF
    raise OSError("the disk is gone")


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ([], NoFilesError),
        ([("a.pdf", PDF), ("b.pdf", b"x" * (LIMITS.max_file_bytes + 1))], FileTooLargeError),
        ([("a.pdf", PDF)] * (LIMITS.max_files + 1), TooManyFilesError),
        ([("a.pdf", PDF), ("b.pdf", _unreadable())], OSError),
        ([("a.pdf", PDF), "/does/not/exist.pdf"], FileNotFoundError),
    ],
)
def test_of_a_job_that_cannot_be_taken_in_nothing_is_left(
    world: World, files: list[tuple[str, bytes]], error: type[Exception]
) -> None:
    with pytest.raises(error):
        world.service.create_bulk_job("anna", files)
    assert world.stored() == []
    assert world.recorded() == []


def test_of_a_job_whose_store_fails_in_mid_file_nothing_is_left(world: World) -> None:
    world.objects.fails_at = ("source/1.pdf", 10)
    with pytest.raises(StoreUnavailableError):
        world.service.create_bulk_job("anna", [("a.pdf", PDF), ("b.pdf", PDF)])
    assert world.stored() == []
    assert world.recorded() == []


def test_what_cannot_be_deleted_now_stays_recorded_for_cleanup_to_find(world: World) -> None:
    world.objects.fails_at = ("source/1.pdf", 10)
    opened = world.service.open_intake("anna")
    opened.begin("a.pdf")
    opened.write(PDF)
    opened.end()
    world.objects.reachable = False
    opened.discard()
    assert world.recorded() == [opened.job.id]
    assert len(world.stored()) == 1


def test_settings_are_checked_before_anything_is_stored(world: World) -> None:
    with pytest.raises(InvalidSettingError):
        world.service.create_bulk_job("anna", [("a.pdf", PDF)], {"compression_level": "extreme"})
    assert world.recorded() == []


@pytest.mark.parametrize("user_id", ["", "..", "a/b", ".hidden", "x" * 129, "a b", "ü"])
def test_a_user_id_that_cannot_be_part_of_an_object_key_is_refused(world: World, user_id: str) -> None:
    with pytest.raises(InvalidRequestError, match="user_id"):
        world.service.create_bulk_job(user_id, [("a.pdf", PDF)])


def test_a_job_is_accepted_with_the_broker_down_and_left_for_the_sweep_to_announce(world: World) -> None:
    job = world.service.create_bulk_job("anna", [("a.pdf", PDF)])
    world.queue.reachable = False
    assert world.service.process_bulk_job_async(job.id) == job.task_id
    assert world.queue.announced == []
    assert world.jobs.get(job.id).state is JobState.QUEUED


def test_creating_a_job_does_not_announce_it_and_processing_does(world: World) -> None:
    job = world.service.create_bulk_job("anna", [("a.pdf", PDF)])
    assert world.queue.announced == []
    world.service.process_bulk_job_async(job.id)
    assert world.queue.announced == [job.id]
    assert world.jobs.pending(Lane.COMPRESSION) == 0  # opening it is the worker's


def test_ids_of_nothing_are_told_as_such(world: World) -> None:
    with pytest.raises(JobNotFoundError):
        world.service.get_job_progress("0" * 32)
    with pytest.raises(JobNotFoundError):
        world.service.get_task_status("bulk-" + "0" * 32)
    with pytest.raises(JobNotFoundError):
        world.service.get_task_status("8c5f2f0e-0000-4000-8000-000000000000")
    with pytest.raises(JobNotFoundError):
        world.service.process_bulk_job_async("0" * 32)


def test_an_unreachable_state_store_is_told_as_such(world: World) -> None:
    world.jobs.reachable = False
    with pytest.raises(StateUnavailableError):
        world.service.create_bulk_job("anna", [("a.pdf", PDF)])
