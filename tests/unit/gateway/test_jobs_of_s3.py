"""POST /api/compress/bulk with a source in S3: who may name what, what is listed, and what results may not replace."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from bulkpress_core.domain.jobs import FileState, JobId, Outcome
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.origins import ForeignObject, S3Place
from tests.support.memory_foreign import MemoryForeignObjects
from tests.unit.gateway.world import LEASE, LIMITS, NOW, TENANT, World, problem
from upload_gateway.s3_jobs import MAX_MANIFEST_BYTES, S3Jobs

PDF = b"%PDF-1.7"
IN, OUT = "s3://archive/in/", "s3://archive/out/"
THERE = {
    f"{IN}a.pdf": PDF,
    f"{IN}b/\u00fc c.PDF": PDF + b"larger",
    f"{IN}b/notes.txt": b"no PDF",
    f"{IN}b/": b"",
    "s3://archive/other/d.pdf": PDF,
}


class S3World(World):
    """A gateway whose tenant may use `in/`, `out/` and `lists/` of the bucket `archive`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.foreign = MemoryForeignObjects(dict(THERE))
        allowed = [S3Place.of(url) for url in (IN, OUT, "s3://archive/lists/")]
        self.service._s3_jobs = S3Jobs(self.foreign, {TENANT: allowed})

    def sent(self, source: Any, **more: Any) -> httpx.Response:
        """The answer to a job with this source."""
        return self.request("POST", "/api/compress/bulk", json={"source": source, **more})

    def origins(self, source: Any, **more: Any) -> dict[str, tuple[str, str | None]]:
        """By their names, where the files of an accepted job come from and where their results go."""
        answer = self.sent(source, **more)
        assert answer.status_code == 202, answer.text
        found = {}
        for file in self.jobs.files(JobId(answer.json()["job_id"])):
            assert isinstance(file.origin, ForeignObject)
            found[file.name] = (file.origin.place.url, file.origin.target and file.origin.target.url)
        return found  # type: ignore[return-value]


@pytest.fixture
def world(tmp_path: Path, redis_client: redis.Redis) -> S3World:
    return S3World(tmp_path / "store", redis_client)


def test_all_pdfs_below_a_prefix_keep_their_tree(world: S3World) -> None:
    assert world.origins({"prefix": IN}, target=OUT) == {
        "a.pdf": (f"{IN}a.pdf", f"{OUT}a.pdf"),
        "b/\u00fc c.PDF": (f"{IN}b/\u00fc c.PDF", f"{OUT}b/\u00fc c.PDF"),
    }


def test_sizes_are_known_from_the_list_and_shown_with_both_places(world: S3World) -> None:
    job_id = world.sent({"prefix": IN}, target=OUT).json()["job_id"]
    first, second = world.get(f"/api/compress/jobs/{job_id}").json()["files"]
    assert (first["size_bytes"], first["source"], first["target"]) == (len(PDF), f"{IN}a.pdf", f"{OUT}a.pdf")
    assert second["size_bytes"] == len(PDF) + 6


def test_without_a_target_results_stay_in_the_job(world: S3World) -> None:
    assert world.origins({"keys": [f"{IN}a.pdf"]}) == {"in/a.pdf": (f"{IN}a.pdf", None)}


def test_keys_are_written_whole_below_the_target(world: S3World) -> None:
    keys = [f"{IN}a.pdf", f"{IN}not there"]
    assert world.origins({"keys": keys}, target=OUT) == {
        "in/a.pdf": (f"{IN}a.pdf", f"{OUT}in/a.pdf"),
        "in/not there": (f"{IN}not there", f"{OUT}in/not there"),
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.csv", "in/a.pdf\ns3://archive/in/b.pdf\n"),
        ("m.csv", '\ufeffKey,Size\r\n"in/a.pdf",7\r\n\r\ns3://archive/in/b.pdf,8\r\n'),
        ("m.json", '["in/a.pdf", "s3://archive/in/b.pdf"]'),
    ],
)
def test_a_manifest_lists_keys_of_its_bucket_or_whole_addresses(world: S3World, name: str, text: str) -> None:
    world.foreign.content[f"s3://archive/lists/{name}"] = text.encode()
    assert set(world.origins({"manifest": f"s3://archive/lists/{name}"})) == {"in/a.pdf", "in/b.pdf"}


def test_a_key_in_a_manifest_may_have_what_only_looks_like_a_new_line(world: S3World) -> None:
    world.foreign.content["s3://archive/lists/m.csv"] = "key\nin/a\u2028b\u0085c.pdf\n".encode()
    answer = world.sent({"manifest": "s3://archive/lists/m.csv"})
    (file,) = world.jobs.files(JobId(answer.json()["job_id"]))
    assert file.origin == ForeignObject(S3Place("archive", "in/a\u2028b\u0085c.pdf"))


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("m.json", b"{}", 422, "invalid_manifest"),
        ("m.json", b"[1]", 422, "invalid_manifest"),
        ("m.json", b"[" * 100_000, 422, "invalid_manifest"),
        ("m.json", b'["in/\\ud800.pdf"]', 422, "invalid_manifest"),
        ("m.json", b'["in/a.pdf"]'.replace(b"]", b', "in/b.pdf"' * LIMITS.max_files + b"]"), 413, "too_many_files"),
        ("m.csv", b"\xff\xfe", 422, "invalid_manifest"),
        ("m.csv", b"x" * 200_000, 422, "invalid_manifest"),  # a column longer than Python's reader takes
        ("m.csv", b"a\x00.pdf\n", 422, "invalid_source"),
        ("m.csv", b"in/a.pdf\n" * (LIMITS.max_files + 1), 413, "too_many_files"),
        ("m.csv", b"\n\n", 422, "no_files"),
        ("m.csv", b"in/b/\n", 422, "invalid_source"),
        ("m.csv", b"in/../other/d.pdf\n", 422, "invalid_source"),
        ("m.csv", b"other/d.pdf\n", 403, "prefix_not_allowed"),
        ("m.csv", b"x" * (MAX_MANIFEST_BYTES + 1), 413, "manifest_too_large"),
    ],
)
def test_a_manifest_that_is_none_or_names_too_much_is_refused(
    world: S3World, name: str, content: bytes, status: int, code: str
) -> None:
    world.foreign.content[f"s3://archive/lists/{name}"] = content
    problem(world.sent({"manifest": f"s3://archive/lists/{name}"}), status, code)
    assert world.recorded() == []


def test_a_manifest_that_is_not_there_is_refused(world: S3World) -> None:
    problem(world.sent({"manifest": "s3://archive/lists/none.csv"}), 422, "invalid_manifest")


@pytest.mark.parametrize(
    ("source", "more"),
    [
        ({"prefix": "s3://archive/"}, {}),
        ({"prefix": "s3://archive/inside/"}, {}),
        ({"prefix": "s3://other/in/"}, {}),
        ({"keys": [f"{IN}a.pdf", "s3://archive/other/d.pdf"]}, {}),
        ({"keys": ["s3://archive/in"]}, {}),
        ({"manifest": "s3://archive/other/m.csv"}, {}),
        ({"prefix": IN}, {"target": "s3://archive/elsewhere/"}),
    ],
)
def test_nobody_reaches_beyond_what_the_operator_has_listed(world: S3World, source: Any, more: Any) -> None:
    problem(world.sent(source, **more), 403, "prefix_not_allowed")
    assert world.recorded() == []


def test_nothing_is_allowed_by_default_and_nothing_of_another_tenant(tmp_path: Path, redis_client: redis.Redis) -> None:
    world = World(tmp_path, redis_client)
    asked = {"source": {"prefix": IN}}
    problem(world.request("POST", "/api/compress/bulk", json=asked), 403, "prefix_not_allowed")
    world.service._s3_jobs = S3Jobs(MemoryForeignObjects(dict(THERE)), {"another": [S3Place.of(IN)]})
    problem(world.request("POST", "/api/compress/bulk", json=asked), 403, "prefix_not_allowed")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ({"prefix": IN}, IN),
        ({"prefix": IN}, f"{IN}b/"),
        ({"prefix": f"{IN}b/"}, IN),
        ({"keys": [f"{IN}b/a.pdf"]}, IN),
        ({"keys": ["s3://archive/lists/a.pdf", f"{OUT}a.pdf"]}, OUT),
        ({"manifest": "s3://archive/lists/m.csv"}, "s3://archive/lists/"),
    ],
)
def test_results_can_never_replace_what_they_are_made_from(world: S3World, source: Any, target: str) -> None:
    problem(world.sent(source, target=target), 422, "invalid_target")
    assert world.recorded() == []


def test_a_manifest_cannot_name_what_lies_in_the_target(world: S3World) -> None:
    world.foreign.content["s3://archive/lists/m.csv"] = b"out/a.pdf\n"
    problem(world.sent({"manifest": "s3://archive/lists/m.csv"}, target=OUT), 422, "invalid_target")


@pytest.mark.parametrize(
    "body",
    [
        {"source": None},
        {"source": IN},
        {"source": {}},
        {"source": {"prefix": IN, "keys": [f"{IN}a.pdf"]}},
        {"source": {"folder": IN}},
        {"source": {"prefix": "s3://archive/in"}},
        {"source": {"prefix": "/archive/in/"}},
        {"source": {"prefix": "https://archive/in/"}},
        {"source": {"prefix": "s3://A_B/in/"}},
        {"source": {"prefix": f"{IN}\n/"}},
        {"source": {"prefix": f"{IN}../in/"}},
        {"source": {"prefix": f"{IN}{'x' * 1030}/"}},
        {"source": {"manifest": f"{IN}m.xml"}},
        {"source": {"keys": []}},
        {"source": {"keys": f"{IN}a.pdf"}},
        {"source": {"keys": [f"{IN}b/"]}},
        {"source": {"keys": [f"{IN}../other/d.pdf"]}},
        {"source": {"keys": [f"{IN}./a.pdf"]}},
        {"source": {"keys": [f"{IN}{chr(0x4E00) * 400}"]}},
        {"source": {"prefix": IN}, "target": "s3://archive/out"},
        {"source": {"prefix": IN}, "target": None},
        {"source": {"prefix": IN}, "files": []},
        {"files": [{"url": "https://a.example/a.pdf"}], "target": OUT},
    ],
)
def test_what_is_no_source_or_target_is_refused(world: S3World, body: Any) -> None:
    problem(world.request("POST", "/api/compress/bulk", json=body), 422, "invalid_source")
    assert world.recorded() == []


def test_a_prefix_without_pdfs_has_no_files(world: S3World) -> None:
    problem(world.sent({"prefix": OUT}), 422, "no_files")
    assert world.recorded() == []


def test_a_list_is_read_no_further_than_a_job_may_be_long(world: S3World) -> None:
    world.foreign.content |= {f"{OUT}{number}.txt": b"" for number in range(10 * LIMITS.max_files)}
    problem(world.sent({"prefix": OUT}), 413, "too_many_files")
    assert world.foreign.taken == LIMITS.max_files + 1
    assert world.recorded() == []


def test_a_job_may_not_be_larger_than_others_either(tmp_path: Path, redis_client: redis.Redis) -> None:
    world = S3World(tmp_path, redis_client, replace(LIMITS, max_job_bytes=20))
    problem(world.sent({"prefix": IN}), 413, "job_too_large")
    assert world.recorded() == []


def test_a_large_file_goes_into_the_heavy_lane_at_once(world: S3World) -> None:
    world.foreign.content[f"{OUT}large.pdf"] = bytes(90_000_000)
    job_id = JobId(world.sent({"prefix": OUT}).json()["job_id"])
    assert world.jobs.open(job_id, Lane.EXPRESS, now=NOW) == {Lane.HEAVY: 1}


def test_a_result_that_was_written_elsewhere_is_told_of_and_not_downloaded(world: S3World) -> None:
    job_id = JobId(world.sent({"keys": [f"{IN}a.pdf"]}, target=OUT).json()["job_id"])
    world.jobs.open(job_id, Lane.EXPRESS, now=NOW)
    claim = world.jobs.claim(Lane.EXPRESS, now=NOW, lease=LEASE)
    assert claim
    world.jobs.settle(claim, Outcome(FileState.DONE, "compressed", bytes_out=5, bytes_in=10), now=NOW)
    (file,) = world.get(f"/api/compress/jobs/{job_id}").json()["files"]
    assert (file["size_bytes"], file["result_size_bytes"], file["saved_percent"]) == (10, 5, 50.0)
    told = problem(world.get(f"/api/compress/download/{job_id}"), 409, "no_result")
    assert f"{OUT}in/a.pdf" in told["detail"]
    problem(world.get(f"/api/compress/jobs/{job_id}/files/0/download?which=source"), 409, "no_source")
    report: dict[str, Any] = json.loads(
        world.get(f"/api/compress/jobs/{job_id}/report", headers={"accept": "application/json"}).text
    )
    assert report["files"][0]["target"] == f"{OUT}in/a.pdf"
