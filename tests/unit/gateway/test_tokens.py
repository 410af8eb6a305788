"""Tokens of an issuer: what is verified before one is believed (RFC 8725), and what happens with the issuer away."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from bulkpress_core.domain.errors import IssuerUnavailableError
from tests.support.issuer import AUDIENCE, ISSUER, Issuer
from upload_gateway.access.issuer import ASKED_EVERY, FRESH_FOR, GOOD_FOR, KnownKeys
from upload_gateway.access.tokens import TokenJudge, TokenRules
from upload_gateway.callers import Caller, InvalidTokenError, Scope

LEEWAY_S = 30


class Bench:
    """A judge of tokens, its issuer, and a clock for the issuer's keys. PyJWT goes by the real time."""

    def __init__(self) -> None:
        self.issuer = Issuer()
        self.now = datetime.now(UTC)
        rules = TokenRules(ISSUER, AUDIENCE, "tenant", "scope", LEEWAY_S)
        self.judge = TokenJudge(KnownKeys(self.issuer, lambda: self.now), rules)

    def caller(self, token: str) -> Caller:
        return anyio.run(self.judge.caller, token)

    def token(self, algorithm: str = "ES256", **claims: Any) -> str:
        return self.issuer.token(datetime.now(UTC), algorithm, **claims)

    def refuses(self, token: str) -> None:
        with pytest.raises(InvalidTokenError):
            self.caller(token)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_token_says_whose_it_is_and_what_its_holder_may_do(bench: Bench, algorithm: str) -> None:
    assert bench.caller(bench.token(algorithm)) == Caller("acme", frozenset({Scope.JOBS_READ}), "jwt:alice")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("claim", "scopes"),
    [
        (["jobs:read", "jobs:write", "everything"], {Scope.JOBS_READ, Scope.JOBS_WRITE}),
        ("jobs:readjobs:write", set()),
        (None, set()),
        (7, set()),
    ],
)
def test_only_scopes_that_are_known_count(bench: Bench, claim: object, scopes: set[Scope]) -> None:
    assert bench.caller(bench.token(scope=claim)).scopes == scopes


def seconds(count: int) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=count)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": -3600},
        {"exp": None},
        {"nbf": 3600},
        {"iss": "https://other.example/"},
        {"iss": None},
        {"aud": "another-service"},
        {"aud": None},
        {"sub": None},
        {"tenant": None},
        {"tenant": "../umbrella"},
        {"tenant": ["acme"]},
    ],
    ids=str,
)
def test_a_token_that_is_late_early_for_others_or_for_nobody_is_refused(bench: Bench, claims: dict[str, Any]) -> None:
    at = {name: seconds(value) for name, value in claims.items() if isinstance(value, int)}
    bench.refuses(bench.token(**claims | at))


def test_clocks_may_differ_a_little(bench: Bench) -> None:
    assert bench.caller(bench.token(exp=seconds(LEEWAY_S // -2), nbf=seconds(LEEWAY_S // 2)))


def test_one_of_several_audiences_is_enough(bench: Bench) -> None:
    assert bench.caller(bench.token(aud=["other", AUDIENCE]))


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_token_without_a_signature_is_refused(bench: Bench) -> None:
    claims = bench.token().split(".")[1]
    for algorithm in ("none", "None", "NONE", ""):
        bench.refuses(f"{part({'alg': algorithm, 'kid': 'ES256'})}.{claims}.")
    assert bench.issuer.asked == 0


def test_the_public_key_is_no_shared_secret(bench: Bench) -> None:
    """The algorithm confusion attack: HS256 with the published key as its secret."""
    public = bench.issuer.private["RS256"].public_key()
    for form in (serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PublicFormat.PKCS1):
        secret = public.public_bytes(serialization.Encoding.PEM, form)
        signed = f"{part({'alg': 'HS256', 'kid': 'RS256'})}.{bench.token('RS256').split('.')[1]}"
        mac = base64.urlsafe_b64encode(hmac.digest(secret, signed.encode(), hashlib.sha256)).decode().rstrip("=")
        bench.refuses(f"{signed}.{mac}")


def test_a_key_verifies_nothing_but_its_own_algorithm(bench: Bench) -> None:
    bench.refuses(bench.token("RS256", key_id="ES256"))
    bench.refuses(bench.token("ES256", key_id="EdDSA"))


def test_a_token_that_brings_its_own_key_is_refused(bench: Bench) -> None:
    stranger = Issuer()
    claims = jwt.decode(bench.token(), options={"verify_signature": False})
    head = {"kid": "ES256", "jwk": stranger.public("ES256"), "jku": "https://stranger.example/keys"}
    bench.refuses(jwt.encode(claims, stranger.private["ES256"], "ES256", headers=head))


def test_a_changed_token_is_refused(bench: Bench) -> None:
    head, _, signature = bench.token().split(".")
    _, claims, _ = bench.token(tenant="umbrella").split(".")
    bench.refuses(f"{head}.{claims}.{signature}")


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.b.c", "..", "e30.e30.e30", "eyJ" * 3000])
def test_nonsense_is_refused_without_asking_the_issuer(bench: Bench, token: str) -> None:
    bench.refuses(token)
    assert bench.issuer.asked == 0


def test_weak_foreign_and_broken_keys_of_the_set_are_passed_over(bench: Bench) -> None:
    bench.issuer.private |= {
        "weak": rsa.generate_private_key(public_exponent=65537, key_size=1024),  # noqa: S505 - it must be refused
        "other curve": ec.generate_private_key(ec.SECP384R1()),
    }
    weak = jwt.get_algorithm_by_name("RS256").to_jwk(bench.issuer.private["weak"].public_key(), as_dict=True)
    curve = jwt.get_algorithm_by_name("ES384").to_jwk(bench.issuer.private["other curve"].public_key(), as_dict=True)
    bench.issuer.keys[:0] = [
        {**weak, "kid": "weak"},
        {**curve, "kid": "other curve", "alg": "ES384"},
        {**curve, "kid": "other curve, unnamed"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
        bench.issuer.public("ES256", kid="for encryption", use="enc"),
        "no key",  # type: ignore[list-item]
    ]
    assert bench.caller(bench.token())
    for key_id in ("other curve", "other curve, unnamed", "secret", "broken", "for encryption"):
        bench.refuses(bench.token(key_id=key_id))


def test_keys_are_fetched_once_for_a_while(bench: Bench) -> None:
    for _ in range(5):
        bench.caller(bench.token())
    assert bench.issuer.asked == 1
    bench.now += FRESH_FOR
    bench.caller(bench.token())
    assert bench.issuer.asked == 2


def test_made_up_key_ids_do_not_make_us_flood_the_issuer(bench: Bench) -> None:
    for number in range(50):
        bench.refuses(bench.token(key_id=f"made-up-{number}"))
    assert bench.issuer.asked == 1
    bench.now += ASKED_EVERY
    bench.refuses(bench.token(key_id="made-up"))
    assert bench.issuer.asked == 2


def test_a_key_that_is_new_is_found_soon_and_one_withdrawn_is_believed_no_more(bench: Bench) -> None:
    bench.issuer.keys = [bench.issuer.public("RS256")]
    assert bench.caller(bench.token("RS256"))
    bench.refuses(bench.token("ES256"))
    bench.issuer.keys = [bench.issuer.public("ES256")]
    bench.now += ASKED_EVERY
    assert bench.caller(bench.token("ES256"))
    bench.refuses(bench.token("RS256"))


def test_with_the_issuer_away_no_token_is_believed_and_none_is_called_bad(bench: Bench) -> None:
    bench.issuer.is_away = True
    for _ in range(2):  # also while it is not asked again yet
        with pytest.raises(IssuerUnavailableError):
            bench.caller(bench.token())
    assert bench.issuer.asked == 1
    bench.issuer.is_away = False
    bench.now += ASKED_EVERY
    assert bench.caller(bench.token())


def test_known_keys_outlive_a_short_absence_of_the_issuer_and_no_long_one(bench: Bench) -> None:
    bench.caller(bench.token())
    bench.issuer.is_away = True
    bench.now += GOOD_FOR - timedelta(seconds=1)
    assert bench.caller(bench.token())
    with pytest.raises(IssuerUnavailableError):
        bench.caller(bench.token(key_id="unknown"))
    bench.now += timedelta(seconds=1)
    with pytest.raises(IssuerUnavailableError):
        bench.caller(bench.token())
