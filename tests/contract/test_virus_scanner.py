"""What a virus scanner promises, on a real clamd."""

import socket
import zlib
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from bulkpress_core.adapters.clamd import Clamd
from bulkpress_core.domain.errors import InfectedError, ScanFailedError
from bulkpress_core.ports.virus_scanner import VirusScanner
from tests.support.clamd import EICAR, MOST_BYTES, SIGNATURE, ClamdServer

PATIENCE_S = 30.0


@pytest.fixture(params=["tcp", "unix"])
def scanner(request: pytest.FixtureRequest, clamd: ClamdServer) -> VirusScanner:
    """The scanner at each of its addresses."""
    return Clamd(getattr(clamd, request.param), patience_s=PATIENCE_S)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    """Makes files of a content."""

    def make(content: bytes) -> Path:
        path = tmp_path / "file.pdf"
        path.write_bytes(content)
        return path

    return make


def pdf_with(stream: bytes) -> bytes:
    """A PDF whose only page has this content, deflated."""
    coded = zlib.compress(stream)
    return (
        b"%%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 9 9]>>endobj\n"
        b"4 0 obj<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream endobj\n"
        b"trailer<</Root 1 0 R>>\n%%%%EOF\n" % (len(coded), coded)
    )


def test_a_clean_file_may_be_opened(scanner: VirusScanner, file: Callable[[bytes], Path]) -> None:
    scanner.scan(file(pdf_with(b"BT ET")))
    scanner.scan(file(b""))
    scanner.check()


def test_what_is_found_is_told_by_its_name(scanner: VirusScanner, file: Callable[[bytes], Path]) -> None:
    with pytest.raises(InfectedError, match=SIGNATURE) as found:
        scanner.scan(file(EICAR))
    assert found.value.signature == f"{SIGNATURE}.UNOFFICIAL"
    assert not found.value.retryable


def test_what_hides_in_a_deflated_stream_of_a_pdf_is_found(
    scanner: VirusScanner, file: Callable[[bytes], Path]
) -> None:
    document = pdf_with(EICAR)
    assert EICAR not in document
    with pytest.raises(InfectedError):
        scanner.scan(file(document))


@pytest.mark.parametrize("size_bytes", [MOST_BYTES + 1, 8 * MOST_BYTES])
def test_a_file_larger_than_the_scanner_takes_is_not_scanned(
    scanner: VirusScanner, file: Callable[[bytes], Path], size_bytes: int
) -> None:
    with pytest.raises(ScanFailedError) as failed:
        scanner.scan(file(b"%PDF-" + bytes(size_bytes)))
    assert failed.value.retryable


def test_whoever_waits_is_asked_whether_to_go_on(scanner: VirusScanner, file: Callable[[bytes], Path]) -> None:
    class StopError(Exception):
        pass

    def stop() -> None:
        raise StopError

    with pytest.raises(StopError):
        scanner.scan(file(b"%PDF-"), on_chunk=stop)
    scanner.check()


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "unix:///no/such/socket", "tcp://no-such-host.invalid:3310"])
def test_a_scanner_that_is_away_gives_no_verdict(address: str, file: Callable[[bytes], Path]) -> None:
    scanner = Clamd(address, patience_s=PATIENCE_S)
    with pytest.raises(ScanFailedError, match="BULKPRESS_CLAMD"):
        scanner.scan(file(b"%PDF-"))
    with pytest.raises(ScanFailedError):
        scanner.check()


@pytest.mark.parametrize(
    "said", [b"", b"stream: ERROR\0", b"UNKNOWN COMMAND\0", b"stream: OK and FOUNDATIONS\0", b"\xff" * 9000]
)
def test_no_other_answer_is_taken_for_a_verdict(said: bytes, file: Callable[[bytes], Path]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(said)

        thread = Thread(target=answer)
        thread.start()
        try:
            with pytest.raises(ScanFailedError):
                Clamd(f"tcp://127.0.0.1:{listener.getsockname()[1]}", patience_s=PATIENCE_S).scan(file(b"%PDF-"))
        finally:
            thread.join()


def test_a_scanner_that_hangs_gives_no_verdict(file: Callable[[bytes], Path]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(ScanFailedError):
        Clamd(f"tcp://127.0.0.1:{listener.getsockname()[1]}", patience_s=0.1).scan(file(b"%PDF-"))
