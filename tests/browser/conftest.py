"""A running system, and Chromium to drive its page."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.test_local_stack import record_of, up
from tests.support.pdf_factory import features, images, protection
from tests.support.valkey import missing_server

ACT_LIMIT_MS = 20_000


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a system that `bulkpress up` runs."""
    home = tmp_path_factory.mktemp("site") / "home"
    with up(home):
        yield record_of(home).addresses["gateway"]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium.

    It lives no longer than this package: as long as Playwright's synchronous API is open, an event loop runs in the
    thread of the tests, and no other test can start its own.
    """
    program = shutil.which("chromium")
    if program is None:
        missing_server("chromium is not installed: `make test-servers`, or Debian's package chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty tab. The test fails if a script has failed in it or its policy has kept something out."""
    context = browser.new_context(accept_downloads=True)
    context.set_default_timeout(ACT_LIMIT_MS)
    tab = context.new_page()
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda told: wrong.append(told.text) if "Content Security Policy" in told.text else None)
    yield tab
    context.close()
    assert wrong == []


@pytest.fixture(scope="session")
def five_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three sound PDFs, a broken one, and one that opens with a password only."""
    folder = tmp_path_factory.mktemp("five")
    contents = {
        "photo.pdf": images.photo_jpeg(900, 700),
        "scan.pdf": images.colour_scan(),
        "form.pdf": features.form(),
        "broken.pdf": b"%PDF-1.7\n" + bytes(5000),
        "encrypted.pdf": protection.encrypted(),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]
