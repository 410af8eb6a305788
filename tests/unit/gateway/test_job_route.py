"""GET /api/compress/jobs/{job_id}."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bulkpress_core.domain.jobs import Claim, Outcome
from bulkpress_core.domain.lanes import Lane
from tests.unit.gateway.world import LEASE, LIMITS, NOW, World, failed, kept, problem

PDF = b"%PDF-1.7 and so on, at some length"


def test_a_new_job_is_shown_with_its_files_waiting(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF), ("ü.pdf", PDF))
    told = world.get(f"/api/compress/jobs/{job_id}").json()
    assert told["status"] == "queued"
    assert told["compression_settings"] == {
        "compression_level": "medium",
        "image_quality": None,
        "max_image_dpi": None,
        "target_size": None,
        "grayscale": False,
        "linearize": False,
        "strip_metadata": False,
        "on_signed": "keep",
        "pdfa": "keep",
        "password": False,
    }
    assert (told["file_count"], told["completed_count"], told["progress"]) == (2, 0, 0.0)
    assert told["created_at"] == "2100-01-01T12:00:00Z"
    assert told["expires_at"] == (NOW + LIMITS.expires_in).isoformat().replace("+00:00", "Z")
    assert told["finished_at"] is None
    assert told["files"][1] == {
        "number": 1,
        "name": "ü.pdf",
        "state": "pending",
        "size_bytes": len(PDF),
        "source": None,
        "target": None,
        "result_size_bytes": None,
        "saved_percent": None,
        "reason": None,
        "message": "Waits for its turn.",
        "decisions": {},
        "cached": False,
    }


def test_a_finished_job_is_shown_with_sums_and_each_files_end(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF.ljust(1000)), ("b.pdf", PDF.ljust(500)), ("c.txt", PDF))
    world.end(job_id, world.done(b"r" * 250), kept, failed)
    told = world.get(f"/api/compress/jobs/{job_id}").json()
    sums = ("status", "completed_count", "done_count", "kept_count", "failed_count", "progress")
    assert [told[name] for name in sums] == ["finished", 3, 1, 1, 1, 100.0]
    assert (told["bytes_in"], told["bytes_out"], told["saved_percent"]) == (1500, 750, 50.0)
    assert told["finished_at"] == "2100-01-01T12:00:03Z"
    ends = [(one["state"], one["reason"], one["result_size_bytes"], one["saved_percent"]) for one in told["files"]]
    assert ends == [
        ("done", "compressed", 250, 75.0),
        ("kept", "already_small", 500, 0.0),
        ("failed", "not_a_pdf", None, None),
    ]
    assert told["files"][0]["decisions"] == {"images.recoded": 2}
    assert told["files"][1]["message"] == "already_small"  # it brought no words
    assert told["files"][2]["message"] == "The file is not a PDF."


def test_a_file_being_pressed_is_shown_as_running(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF))
    world.jobs.open(job_id, Lane.COMPRESSION, now=NOW)
    world.jobs.claim(Lane.COMPRESSION, now=NOW, lease=LEASE)
    told = world.get(f"/api/compress/jobs/{job_id}").json()
    assert told["status"] == "running"
    assert (told["files"][0]["state"], told["files"][0]["message"]) == ("running", "Is being compressed.")


@pytest.mark.parametrize(
    ("page", "numbers"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("?limit=2", [0, 1]),
        ("?offset=3", [3, 4]),
        ("?offset=1&limit=2", [1, 2]),
        ("?offset=9", []),
    ],
)
def test_files_are_shown_by_the_page(world: World, page: str, numbers: list[int]) -> None:
    job_id = world.accepted(*((f"{number}.pdf", PDF) for number in range(5)))
    told = world.get(f"/api/compress/jobs/{job_id}{page}").json()
    assert [file["number"] for file in told["files"]] == numbers
    assert told["file_count"] == 5


@pytest.mark.parametrize("page", ["?limit=0", "?limit=1001", "?limit=x", "?offset=-1", f"?offset={10**30}"])
def test_a_page_that_cannot_be_is_refused_by_name(world: World, page: str) -> None:
    job_id = world.accepted(("a.pdf", PDF))
    told = problem(world.get(f"/api/compress/jobs/{job_id}{page}"), 422, "invalid_request")
    assert told["errors"][0]["field"] in {"limit", "offset"}


@pytest.mark.parametrize("job_id", ["0" * 32, "nonsense", "%00", "a:b{c}", "x" * 5000])
def test_an_id_of_no_job_is_not_found(world: World, job_id: str) -> None:
    problem(world.get(f"/api/compress/jobs/{job_id}"), 404, "job_not_found")
    problem(world.get(f"/api/compress/download/{job_id}"), 404, "job_not_found")


def test_an_unreachable_state_store_answers_503_with_retry_after(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF))
    world.jobs.reachable = False
    answer = world.get(f"/api/compress/jobs/{job_id}")
    problem(answer, 503, "state_unavailable")
    assert int(answer.headers["retry-after"]) > 0


def test_an_ended_file_is_shown_with_the_words_it_brought(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF))

    def gentler(claim: Claim) -> Outcome:
        return replace(world.done(b"%PDF")(claim), reason="compressed_gentler", detail="Gentler. (pages: 3 became 2)")

    world.end(job_id, gentler)
    (file,) = world.get(f"/api/compress/jobs/{job_id}").json()["files"]
    assert file["message"] == "Gentler. (pages: 3 became 2)"


def test_a_waiting_job_is_told_its_place_and_when_the_pace_is_known_how_long_it_takes(world: World) -> None:
    first, second = world.accepted(("a.pdf", PDF), ("b.pdf", PDF + b"2")), world.accepted(("c.pdf", PDF))
    path = f"/api/compress/jobs/{second}"
    assert world.get(path).json()["queue"] is None  # not opened yet
    for job_id in (first, second):
        world.jobs.open(job_id, Lane.EXPRESS, now=NOW)
    unknown = {"start_eta_seconds": None, "eta_seconds": None}
    assert world.get(path).json()["queue"] == {"position": 2, "files_ahead": 1, **unknown}
    claim = world.jobs.claim(Lane.EXPRESS, now=NOW, lease=LEASE)
    assert claim
    assert world.get(f"/api/compress/jobs/{first}").json()["queue"] is None
    other = world.accepted(("d.pdf", PDF + b"4"))
    world.jobs.settle(claim, failed(claim), now=NOW + timedelta(seconds=4))
    assert world.jobs.claim(Lane.EXPRESS, now=NOW, lease=LEASE)
    world.jobs.open(other, Lane.EXPRESS, now=NOW)
    told = world.get(f"/api/compress/jobs/{other}").json()["queue"]
    assert told["position"] == 2
    assert 0 < told["start_eta_seconds"] < told["eta_seconds"]
