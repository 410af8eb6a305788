"""What people can do on the page at `/`: hand files in, watch, download, cancel, come back."""

import base64
import io
import os
import re
import subprocess
import zipfile
from pathlib import Path

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.test_local_stack import BULKPRESS
from tests.support.gateway_process import GatewayProcess
from tests.support.pdf_factory import images

pytestmark = pytest.mark.xdist_group("browser")  # one system and one browser for all
END_LIMIT_MS = 120_000
WIDTHS_PX = (360, 768, 1280)
DROP = """(files) => {
    const transfer = new DataTransfer();
    for (const [name, content] of files)
        transfer.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));
    document.getElementById('drop').dispatchEvent(
        new DragEvent('drop', {dataTransfer: transfer, bubbles: true, cancelable: true}));
}"""


def drop(page: Page, files: list[Path]) -> None:
    """Drop the files on the page, as a hand does."""
    page.evaluate(DROP, [[path.name, base64.b64encode(path.read_bytes()).decode()] for path in files])


def pressed(page: Page, site: str, files: list[Path]) -> None:
    """Hand the files in and wait until all have ended."""
    page.goto(site)
    drop(page, files)
    page.get_by_role("button", name="Make them smaller").click()
    expect(page.get_by_role("heading", name="Your files")).to_be_visible()
    expect(page.locator("#job-note")).to_contain_text(f"{len(files)} of {len(files)} files ended", timeout=END_LIMIT_MS)


def made_key(redis_url: str) -> str:
    """A new API key of the gateway on that Redis."""
    command = [BULKPRESS, "keys", "create", "--tenant", "acme", "--name", "page"]
    environment = {name: value for name, value in os.environ.items() if "BULKPRESS" not in name}
    environment["CELERY_BROKER_URL"] = redis_url
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong, in a line each."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found]


def test_five_files_of_which_one_is_broken_and_one_encrypted_end_with_reasons_in_words(
    page: Page, site: str, five_files: list[Path]
) -> None:
    pressed(page, site, five_files)
    rows = {row.split("\n")[0].split("\t")[0]: row for row in page.locator("#rows tr").all_inner_texts()}
    assert list(rows) == [path.name for path in five_files]
    assert all("Smaller." in rows[name] for name in ("photo.pdf", "scan.pdf"))
    assert "Failed." in rows["broken.pdf"]
    assert "password" in rows["encrypted.pdf"]
    assert re.search(r"This link works for \d+ (hours|days) more", page.locator("#job-expiry").inner_text())


def test_one_result_and_all_of_them_can_be_downloaded(page: Page, site: str, five_files: list[Path]) -> None:
    pressed(page, site, five_files)
    with page.expect_download() as one:
        page.get_by_role("button", name="Download photo.pdf").click()
    assert one.value.suggested_filename == "photo.pdf"
    assert len(pypdfium2.PdfDocument(one.value.path())) == 1
    with page.expect_download() as everything:
        page.get_by_role("button", name="Download all").click()
    with zipfile.ZipFile(io.BytesIO(everything.value.path().read_bytes())) as archive:
        assert {"photo.pdf", "scan.pdf", "form.pdf", "report.csv"} <= set(archive.namelist())


def test_the_link_of_a_job_shows_it_again(page: Page, site: str, five_files: list[Path]) -> None:
    pressed(page, site, five_files[:2])
    page.reload()
    expect(page.locator("#job-note")).to_contain_text("2 of 2 files ended")
    expect(page.locator("#rows tr")).to_have_count(2)


def test_a_cancelled_job_says_so_and_offers_no_more_cancelling(page: Page, site: str, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.pdf" for number in range(12)]
    for number, path in enumerate(files):
        path.write_bytes(images.photo_flate(1200, 900, seed=number))
    page.goto(site)
    drop(page, files)
    page.get_by_role("button", name="Make them smaller").click()
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.locator("#job-note")).to_contain_text("cancelled")
    expect(page.get_by_role("button", name="Cancel", exact=True)).to_be_hidden()
    expect(page.locator("#rows tr").last).to_contain_text("Cancelled.")


def test_an_upload_can_be_cancelled_and_the_files_stay_chosen(page: Page, site: str, five_files: list[Path]) -> None:
    page.route("**/api/compress/bulk", lambda route: None)  # it never gets there
    page.goto(site)
    drop(page, five_files)
    page.get_by_role("button", name="Make them smaller").click()
    page.get_by_role("button", name="Cancel the upload").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing of it is kept")
    expect(page.get_by_role("heading", name="5 files")).to_be_visible()


def test_levels_are_estimated_before_anything_is_compressed(page: Page, site: str, five_files: list[Path]) -> None:
    page.goto(site)
    drop(page, five_files[:1])
    page.get_by_role("button", name="Estimate sizes").click()
    expect(page.locator("#estimate-note")).to_contain_text("From 1 of 1 file", timeout=END_LIMIT_MS)
    told = page.locator(".estimate").all_inner_texts()
    assert all(re.fullmatch(r"about (\N{MINUS SIGN}[\d.]+|0) %", one) for one in told), told


def test_a_job_that_is_gone_is_told_in_words(page: Page, site: str) -> None:
    page.goto(f"{site}/#job={'0' * 32}")
    expect(page.get_by_role("alert")).to_contain_text("job", ignore_case=True)


def test_all_of_it_can_be_done_with_the_keyboard(page: Page, site: str, five_files: list[Path]) -> None:
    page.goto(site)
    page.set_input_files("#pick-files", five_files[2])
    page.locator("#pick-files").focus()
    reached: list[str] = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.name"))
    assert {"pick-folder", "clear", "level", "estimate", "send"} <= set(reached)
    page.locator("#send").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#job-note")).to_contain_text("1 of 1 file ended", timeout=END_LIMIT_MS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_and_nothing_is_wider_than_the_screen(
    browser: Browser, site: str, five_files: list[Path], scheme: str, tmp_path: Path
) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.set_default_timeout(END_LIMIT_MS)
    page.goto(site)
    drop(page, five_files)
    for width_px in WIDTHS_PX:
        page.set_viewport_size({"width": width_px, "height": 900})
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width_px
    pressed(page, site + "/", five_files)
    for width_px in WIDTHS_PX:
        page.set_viewport_size({"width": width_px, "height": 900})
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width_px
    context.close()


def test_who_is_asked_for_a_key_signs_in_for_this_tab_only(page: Page, redis_url: str, tmp_path: Path) -> None:
    with GatewayProcess(redis_url, tmp_path / "store", tmp_path / "log", BULKPRESS_AUTH="keys") as gateway:
        page.goto(gateway.url)
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert violations(page) == []
        page.get_by_label("API key").fill("bp_wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_role("heading", name="Make PDFs smaller")).to_be_hidden()
        page.get_by_label("API key").fill(made_key(redis_url))
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Make PDFs smaller")).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="Make PDFs smaller")).to_be_visible()
        assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
