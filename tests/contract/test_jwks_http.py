"""Fetching an issuer's key set: whatever goes wrong, it is the issuer that is out of reach."""

import socket

import pytest

from bulkpress_core.adapters.jwks_http import MAX_KEY_SET_BYTES, HttpIssuerKeys
from bulkpress_core.domain.errors import IssuerUnavailableError
from tests.support.issuer import Issuer, key_set
from tests.support.web_server import Answer, web_server


def test_the_key_set_is_what_the_issuer_publishes() -> None:
    issuer = Issuer()
    with web_server() as server:
        server.answer = lambda _: Answer(body=key_set(issuer))
        assert HttpIssuerKeys(f"{server.url}/keys").fetch() == issuer.fetch()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=500, body=b'{"keys": []}'),
        Answer(status=302, headers={"Location": "http://127.0.0.1/keys"}),
        Answer(body=b"<html>"),
        Answer(body=b"[]"),
        Answer(body=b'{"keys": 7}'),
        Answer(body=b" " * (MAX_KEY_SET_BYTES + 1)),
    ],
    ids=["failing", "redirecting", "no JSON", "no object", "no keys", "endless"],
)
def test_an_answer_that_is_no_key_set_is_none(answer: Answer) -> None:
    with web_server() as server:
        server.answer = lambda _: answer
        with pytest.raises(IssuerUnavailableError):
            HttpIssuerKeys(server.url).fetch()


def test_an_issuer_that_does_not_answer_is_not_waited_for_for_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        keys = HttpIssuerKeys(f"http://127.0.0.1:{silent.getsockname()[1]}", patience_s=0.05)
        with pytest.raises(IssuerUnavailableError):
            keys.fetch()


def test_an_issuer_that_is_gone_is_out_of_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(IssuerUnavailableError):
        HttpIssuerKeys(f"http://127.0.0.1:{port}").fetch()
