"""Server-side request forgery: addresses that users name must lead nowhere but to the public internet."""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network

import pytest

from bulkpress_core.adapters.public_http import PublicHttp, is_public
from bulkpress_core.domain.errors import AddressRefusedError, HostUnreachableError
from tests.support.web_server import Answer, WebServer, web_server

LOOPBACK = ip_network("127.0.0.0/8")


@pytest.fixture
def inside() -> Iterator[WebServer]:
    """A server that nobody outside may reach."""
    with web_server() as server:
        yield server


def asked(web: PublicHttp, url: str) -> bytes:
    """The body of the answer."""
    with web.request("GET", url) as answer:
        return b"".join(answer.pieces)


class Names:
    """DNS that answers as an attacker has it: the next answer each time, the last one again and again."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "localhost.",
        "2130706433",  # 127.0.0.1 as one number
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
    ],
)
def test_loopback_in_any_spelling_is_not_reached(inside: WebServer, host: str) -> None:
    with pytest.raises(AddressRefusedError, match="not on the public internet"):
        asked(PublicHttp(), f"http://{host}:{inside.port}/")
    assert inside.sent == []


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # metadata of most clouds
        "169.254.170.2",  # of containers on ECS
        "100.100.100.200",  # of Alibaba Cloud
        "168.63.129.16",  # Azure's wire server, public by its registration
        "192.0.0.192",  # Oracle Cloud
        "0.0.0.0",  # noqa: S104 - what is refused here
        "255.255.255.255",
        "224.0.0.1",
        "240.0.0.1",
        "198.18.0.1",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",  # of EC2
        "ff02::1",
        "2001:db8::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a9fe:a9fe",  # NAT64 of 169.254.169.254
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo of 127.0.0.1
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    with pytest.raises(AddressRefusedError):
        asked(PublicHttp(resolve=Names([address])), "http://attacker.example/")


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822", "::ffff:8.8.8.8"])
def test_an_address_that_is_public_is_not(address: str) -> None:
    assert is_public(ip_address(address))


def test_dns_rebinding_changes_nothing_because_a_name_is_resolved_once(inside: WebServer) -> None:
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    asked(PublicHttp([LOOPBACK], resolve=names), f"http://rebinding.example:{inside.port}/")
    assert names.asked == ["rebinding.example"]
    assert inside.sent[0].headers["host"] == f"rebinding.example:{inside.port}"


def test_the_next_request_is_checked_anew(inside: WebServer) -> None:
    web = PublicHttp([LOOPBACK], resolve=Names(["127.0.0.1"], ["10.0.0.1"]))
    asked(web, f"http://rebinding.example:{inside.port}/")
    with pytest.raises(AddressRefusedError):
        asked(web, f"http://rebinding.example:{inside.port}/")


def test_one_private_address_among_public_ones_is_enough_to_refuse(inside: WebServer) -> None:
    with pytest.raises(AddressRefusedError):
        asked(PublicHttp(resolve=Names(["93.184.216.34", "127.0.0.1"])), f"http://mixed.example:{inside.port}/")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(inside: WebServer, status: int) -> None:
    inside.answer = lambda _: Answer(status, {"Location": f"{inside.url}/secret"})
    with PublicHttp([LOOPBACK]).request("GET", f"{inside.url}/") as answer:
        assert answer.status == status
    assert [sent.path for sent in inside.sent] == ["/"]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://example.com/",
        "ftp://example.com/",
        "http://",
        "http:///path",
        "//example.com/",
        "http://user:password@example.com/",
        "http://example.com@127.0.0.1/",
        "http://example.com/\r\nX-Injected: 1",
        "http://ex\u00e4mple.com/",
        "http://example.com/" + "x" * 9000,
    ],
)
def test_what_is_no_plain_http_address_is_refused(url: str) -> None:
    names = Names(["127.0.0.1"])
    with pytest.raises(AddressRefusedError):
        asked(PublicHttp([LOOPBACK], resolve=names), url)
    assert names.asked == []


@pytest.mark.parametrize("port", [22, 25, 110, 445, 1023])
def test_a_port_of_another_protocol_is_refused(port: int) -> None:
    with pytest.raises(AddressRefusedError, match=f"port {port}"):
        asked(PublicHttp([LOOPBACK]), f"http://127.0.0.1:{port}/")


def test_no_proxy_of_the_environment_is_asked(inside: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, inside.url)
    with pytest.raises(AddressRefusedError):
        asked(PublicHttp(resolve=Names(["10.0.0.1"])), "http://intranet.example/")
    assert inside.sent == []


def test_an_answer_that_never_ends_is_given_up(inside: WebServer) -> None:
    inside.answer = lambda _: Answer(body=b"x" * 2**20)
    with pytest.raises(HostUnreachableError, match="too long"):
        asked(PublicHttp([LOOPBACK], total_s=-1.0), f"{inside.url}/")


@pytest.mark.parametrize("host", ["127.0.0.1:1025", "no-such-host.invalid"])
def test_a_host_that_does_not_answer_may_be_tried_again(host: str) -> None:
    with pytest.raises(HostUnreachableError) as failed:
        asked(PublicHttp([LOOPBACK]), f"http://{host}/")
    assert failed.value.retryable


def test_what_is_no_http_is_told_as_unreachable(inside: WebServer) -> None:
    inside.answer = lambda _: Answer(headers={"Content-Length": "many"})
    with pytest.raises(HostUnreachableError):
        asked(PublicHttp([LOOPBACK]), f"{inside.url}/")
