"""Names like paths: whatever a client calls its files, nothing is stored, zipped or unpacked outside its place."""

from io import BytesIO
from pathlib import Path, PurePosixPath, PureWindowsPath
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import redis
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bulkpress_core.domain.jobs import JobId
from tests.unit.gateway.world import World, kept
from upload_gateway.names import EntryNames, shown_name

PDF = b"%PDF-1.7 and so on"
PARTS = st.sampled_from(
    ["..", ".", "", " ", "C:", "a", "A", "nul", "CON.pdf", "\u202e", "...", "b.pdf", "~", "ü", "%2e%2e"]
)
SEPARATORS = st.sampled_from(["/", "\\", "//", "\\\\"])
NAMES = st.lists(st.one_of(PARTS, SEPARATORS, st.text(max_size=5)), max_size=9).map("".join)


def stays_below(name: str) -> bool:
    """Whether the path leads downwards on every system."""
    windows = PureWindowsPath(name)
    parts = [*PurePosixPath(name).parts, *windows.parts]
    return not (name.startswith("/") or windows.drive or windows.root or ".." in parts or "\0" in name)


@settings(max_examples=400, deadline=None)
@given(names=st.lists(NAMES, min_size=1, max_size=8))
@example(names=["a/b", "a", "a/b/c", "A/B"])
def test_entries_stay_below_the_folder_they_are_unpacked_in_and_none_hides_another(names: list[str]) -> None:
    entries = EntryNames("report.csv")
    taken = [entries.take(shown_name(name, number)) for number, name in enumerate(names)]
    assert all(map(stays_below, taken)), taken
    folded = [name.casefold() for name in taken]
    assert len(set(folded)) == len(folded), taken
    folders = {str(folder) for name in folded for folder in PurePosixPath(name).parents}
    assert not folders & set(folded), taken


def test_zip_slip_names_are_stored_by_number_and_unpacked_below_the_folder(
    tmp_path: Path, redis_client: redis.Redis
) -> None:
    names = (
        "../../etc/cron.d/x",
        "/etc/passwd",
        "..\\..\\boot.ini",
        "C:\\x.pdf",
        "a/../../b.pdf",
        "....//d",
        "%00/../e",
    )
    world = World(tmp_path / "store", redis_client)
    job_id: JobId = world.accepted(*((name, PDF) for name in names))
    world.end(job_id, *[kept] * len(names))
    assert world.stored() == sorted(f"default/{job_id}/source/{number}.pdf" for number in range(len(names)))
    archive = ZipFile(BytesIO(world.get(f"/api/compress/download/{job_id}").content))
    assert all(map(stays_below, archive.namelist())), archive.namelist()
    with TemporaryDirectory(dir=tmp_path) as folder:
        inner = Path(folder, "inner")
        archive.extractall(inner)
        assert [path.name for path in Path(folder).iterdir()] == ["inner"]
        assert len([path for path in inner.rglob("*") if path.is_file()]) == len(names) + 1
