"""GET /api/compress/download/{job_id}: one PDF, or a ZIP with a report."""

import csv
from dataclasses import replace
from io import BytesIO, StringIO
from zipfile import ZIP_STORED, ZipFile

import httpx
import pytest

from bulkpress_core.domain.jobs import JobId
from tests.unit.gateway.world import World, failed, kept, problem
from upload_gateway import bulk_compression_service
from upload_gateway.app import create_app

PDF = b"%PDF-1.7 and so on, at some length"


def download(world: World, job_id: JobId) -> httpx.Response:
    answer = world.get(f"/api/compress/download/{job_id}")
    assert answer.status_code == 200, answer.text
    return answer


def opened(answer: httpx.Response) -> ZipFile:
    archive = ZipFile(BytesIO(answer.content))
    assert archive.testzip() is None
    return archive


def report(archive: ZipFile) -> list[dict[str, str]]:
    text = archive.read("report.csv").decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline="")))


def test_an_unfinished_job_answers_409_and_says_when_to_ask_again(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF), ("b.pdf", PDF))
    world.end(job_id, kept)
    answer = world.get(f"/api/compress/download/{job_id}")
    assert "1 of 2" in problem(answer, 409, "job_not_finished")["detail"]
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("count", [1, 3])
def test_a_job_without_any_result_answers_409(world: World, count: int) -> None:
    job_id = world.accepted(*[("a.txt", PDF)] * count)
    world.end(job_id, *[failed] * count)
    problem(world.get(f"/api/compress/download/{job_id}"), 409, "no_results")


def test_a_job_of_one_file_answers_with_the_pdf_under_its_own_name(world: World) -> None:
    job_id = world.accepted(("Grüße 1.pdf", PDF))
    world.end(job_id, world.done(b"%PDF small"))
    answer = download(world, job_id)
    assert answer.content == b"%PDF small"
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-length"] == "10"
    assert "filename*=UTF-8''Gr%C3%BC%C3%9Fe%201.pdf" in answer.headers["content-disposition"]


def test_one_pdf_from_a_folder_is_saved_without_it(world: World) -> None:
    job_id = world.accepted(("2024/Mai/a.pdf", PDF))
    world.end(job_id, kept)
    assert download(world, job_id).headers["content-disposition"].startswith('attachment; filename="a.pdf"')


def test_a_kept_file_is_downloaded_as_it_was(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF))
    world.end(job_id, kept)
    assert download(world, job_id).content == PDF


def test_one_pdf_whose_object_is_gone_answers_410(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF))
    world.end(job_id, kept)
    world.objects.delete_prefix(f"default/{job_id}/")
    problem(world.get(f"/api/compress/download/{job_id}"), 410, "object_not_found")


def test_one_pdf_is_redirected_to_the_store_only_where_that_is_set_up_and_possible(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF))
    world.end(job_id, kept)
    world.objects.url = "https://store.example"
    assert world.get(f"/api/compress/download/{job_id}").status_code == 200
    world.app = create_app(replace(world.parts, redirects_downloads=True))
    answer = world.get(f"/api/compress/download/{job_id}")
    assert answer.status_code == 307
    assert answer.headers["location"] == f"https://store.example/default/{job_id}/source/0.pdf"
    world.objects.url = None  # a folder has no URLs
    assert world.get(f"/api/compress/download/{job_id}").status_code == 200


def test_several_files_come_as_a_stored_zip_of_the_announced_length(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF), ("b.pdf", PDF), ("c.txt", PDF + b"c"))
    world.end(job_id, world.done(b"%PDF small"), kept, failed)
    answer = download(world, job_id)
    assert answer.headers["content-type"] == "application/zip"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert f'filename="bulkpress-{job_id[:8]}.zip"' in answer.headers["content-disposition"]
    archive = opened(answer)
    assert archive.namelist() == ["a.pdf", "b.pdf", "report.csv"]
    assert (archive.read("a.pdf"), archive.read("b.pdf")) == (b"%PDF small", PDF)
    assert {entry.compress_type for entry in archive.infolist()} == {ZIP_STORED}


def test_a_job_of_several_files_with_one_result_is_a_zip_all_the_same(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF), ("c.txt", PDF))
    world.end(job_id, kept, failed)
    assert opened(download(world, job_id)).namelist() == ["a.pdf", "report.csv"]


def test_entries_keep_unicode_names_and_folders_and_equal_ones_are_numbered(world: World) -> None:
    sent = ["日本.pdf", "日本.pdf", "A.pdf", "a.pdf", "report.csv", "2024/Mai/日本.pdf"]
    job_id = world.accepted(*((name, PDF + str(number).encode()) for number, name in enumerate(sent)))
    world.end(job_id, *[kept] * 6)
    archive = opened(download(world, job_id))
    names = ["日本.pdf", "日本 (2).pdf", "A.pdf", "a (2).pdf", "report (2).csv", "2024/Mai/日本.pdf"]
    assert archive.namelist() == [*names, "report.csv"]
    assert [archive.read(name) for name in names] == [PDF + str(number).encode() for number in range(6)]


def test_the_report_has_a_row_for_every_file_also_those_that_failed(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF.ljust(1000)), ("a.pdf", PDF), ("odd; name, really.txt", PDF))
    world.end(job_id, world.done(b"r" * 250), kept, failed)
    rows = report(opened(download(world, job_id)))
    assert [row["number"] for row in rows] == ["0", "1", "2"]
    assert [row["entry"] for row in rows] == ["a.pdf", "a (2).pdf", ""]
    assert rows[0] == {
        "number": "0",
        "name": "a.pdf",
        "entry": "a.pdf",
        "state": "done",
        "reason": "compressed",
        "message": "compressed",
        "bytes_in": "1000",
        "bytes_out": "250",
        "saved_percent": "75.0",
        "cached": "",
    }
    assert rows[2]["name"] == "odd; name, really.txt"
    ended = ("state", "reason", "message", "bytes_in", "bytes_out", "saved_percent")
    assert [rows[2][column] for column in ended] == [
        "failed",
        "not_a_pdf",
        "The file is not a PDF.",
        str(len(PDF)),
        "",
        "",
    ]


@pytest.mark.parametrize("name", ["=cmd('calc')!A0", "+1+1", "-2+3", "@SUM(A1)", "\uff1d1+1"])
def test_a_name_that_a_spreadsheet_would_compute_is_made_text_in_the_report(world: World, name: str) -> None:
    job_id = world.accepted((name, PDF), ("b.pdf", PDF))
    world.end(job_id, kept, kept)
    row = report(opened(download(world, job_id)))[0]
    assert (row["name"], row["entry"]) == (f"'{name}", f"'{name}")


def test_an_object_missing_in_mid_archive_breaks_the_answer_off(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF.ljust(600_000)), ("b.pdf", PDF))
    world.end(job_id, kept, kept)
    (world.root / f"default/{job_id}/source/1.pdf").unlink()
    with pytest.raises(RuntimeError, match="response already started"):
        world.get(f"/api/compress/download/{job_id}")


def test_file_records_are_read_a_page_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_compression_service, "FILES_PER_PAGE", 3)
    job_id = world.accepted(*[("x.pdf", PDF)] * 7)
    world.end(job_id, *[kept] * 7)
    assert len(opened(download(world, job_id)).namelist()) == 8
    assert world.jobs.pages == [3, 3, 1] * 2  # once for the entries, once for the report
