"""Who may: scopes, and API keys, of which only a digest is ever kept.

A key reads `bp_<id>_<secret><checksum>`. The id (10 characters) is public and finds the record; the secret is 256
random bits in 43 characters; the checksum (6 characters, CRC-32 of all that stands before it) lets scanners for leaked
secrets, and the gateway, tell a key from what only looks like one without asking anybody.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bulkpress_core.domain.jobs import TenantId

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
ID_CHARS = 10
SECRET_CHARS = 43  # 62 ** 43 > 2 ** 256
CHECKSUM_CHARS = 6  # 62 ** 6 > 2 ** 32
KEY = re.compile(rf"bp_([0-9A-Za-z]{{{ID_CHARS}}})_[0-9A-Za-z]{{{SECRET_CHARS + CHECKSUM_CHARS}}}")
TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._+-]{0,127}")  # begins every object key of the tenant


class Scope(StrEnum):
    """What a caller may do."""

    JOBS_READ = "jobs:read"  # see jobs and download results
    JOBS_WRITE = "jobs:write"  # create, change and delete jobs
    AUDIT_READ = "audit:read"  # see who did what to which of the tenant's jobs


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key without its secret. The secret before the last rotation is good until `former_until`."""

    id: str
    tenant: TenantId
    name: str  # for people
    scopes: frozenset[Scope]
    created_at: datetime
    digest: str  # of the whole key, as `digest_of` makes it
    expires_at: datetime | None = None
    used_at: datetime | None = None  # to within minutes
    revoked_at: datetime | None = None
    former_digest: str = ""
    former_until: datetime | None = None

    def is_open_to(self, text: str, *, now: datetime) -> bool:
        """Whether this text is the key, or the one that it was before its rotation, and is good now."""
        if self.revoked_at or (self.expires_at and self.expires_at <= now):
            return False
        digest = digest_of(text)
        is_current = hmac.compare_digest(digest, self.digest)
        is_former = hmac.compare_digest(digest, self.former_digest)
        return is_current or (is_former and self.former_until is not None and now < self.former_until)

    def rotated(self, digest: str, *, former_until: datetime) -> "ApiKey":
        """The key with a new secret; the present one is good for a while longer, one before that no more."""
        return replace(self, digest=digest, former_digest=self.digest, former_until=former_until)


def new_key_id() -> str:
    """A public id for a key: 59 random bits."""
    return _random(ID_CHARS)


def new_key_text(key_id: str) -> str:
    """A new key for this id: what its holder sends, and nobody keeps."""
    body = f"bp_{key_id}_{_random(SECRET_CHARS)}"
    return body + _checksum(body)


def key_id_of(text: str) -> str | None:
    """The id in a key; None for what is none: misspelt, cut off, or something else altogether."""
    found = KEY.fullmatch(text)
    if found is None or _checksum(text[:-CHECKSUM_CHARS]) != text[-CHECKSUM_CHARS:]:
        return None
    return found[1]


def digest_of(text: str) -> str:
    """What is kept of a key: SHA-256, in hexadecimal digits.

    No slow hash (bcrypt, Argon2), since those make guessable passwords dear to guess: of 256 random bits nothing can be
    guessed, and every request would pay for it.
    """
    return hashlib.sha256(text.encode()).hexdigest()


def _random(chars: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(chars))


def _checksum(body: str) -> str:
    rest, digits = zlib.crc32(body.encode()), ""
    for _ in range(CHECKSUM_CHARS):
        rest, digit = divmod(rest, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits
