"""`python -m upload_gateway.keys`, which `bulkpress keys` runs: make, list, rotate and revoke API keys.

It works on the state store that the settings name. A key is shown once, on standard output, and never again.
"""

import argparse
import getpass
import re
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from bulkpress_core.domain.access import TENANT, ApiKey, Scope, digest_of, new_key_id, new_key_text
from bulkpress_core.domain.errors import BulkpressError, KeyNotFoundError
from bulkpress_core.domain.jobs import TenantId
from bulkpress_core.ports.key_store import KeyStore
from bulkpress_core.settings import SettingsError, read_settings
from bulkpress_core.telemetry import configure_logging
from upload_gateway.bootstrap import keys_of
from upload_gateway.clock import Clock, utc_now

SPAN = re.compile(r"(\d{1,5})([hd])")
EXIT_REFUSED = 1
MAX_NAME_CHARS = 100

log = structlog.get_logger(__name__)


class KeyDesk:
    """What the commands do, on a key store; each returns what is to be printed."""

    def __init__(self, keys: KeyStore, clock: Clock, operator: str) -> None:
        self._keys = keys
        self._clock = clock
        self._operator = operator

    def create(self, asked: argparse.Namespace) -> str:
        """A new key."""
        now = self._clock()
        key_id = new_key_id()
        text = new_key_text(key_id)
        scopes = frozenset(map(Scope, asked.scope or [Scope.JOBS_READ, Scope.JOBS_WRITE]))
        expires_at = now + asked.expires_in if asked.expires_in else None
        key = ApiKey(key_id, TenantId(asked.tenant), asked.name, scopes, now, digest_of(text), expires_at=expires_at)
        self._keys.add(key)
        self._tell("audit.key_created", key, scopes=sorted(scopes))
        return text

    def list(self, asked: argparse.Namespace) -> str:
        """All keys, or a tenant's: a line for each."""
        now = self._clock()
        keys = self._keys.listed(TenantId(asked.tenant) if asked.tenant else None)
        rows = [("ID", "TENANT", "NAME", "SCOPES", "STATE", "CREATED", "EXPIRES", "LAST USED")]
        rows += [
            (key.id, key.tenant, key.name, ",".join(sorted(key.scopes)), _state(key, now), *_times(key)) for key in keys
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)

    def rotate(self, asked: argparse.Namespace) -> str:
        """A new secret for a key; the present one stays good for the overlap."""
        key = self._keys.find(asked.id)
        if key is None:
            raise KeyNotFoundError
        text = new_key_text(key.id)
        until = self._clock() + asked.overlap
        self._tell("audit.key_rotated", self._keys.rotate(key, digest_of(text), former_until=until))
        return text

    def revoke(self, asked: argparse.Namespace) -> str:
        """Close a key at once."""
        key = self._keys.revoke(asked.id, now=self._clock())
        self._tell("audit.key_revoked", key)
        return f"{key.id} is revoked."

    def _tell(self, event: str, key: ApiKey, **more: object) -> None:
        log.info(event, key_id=key.id, tenant=key.tenant, name=key.name, operator=self._operator, **more)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what was asked; return the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        settings = read_settings()
        configure_logging(settings, "keys")
        desk = KeyDesk(keys_of(settings), utc_now, getpass.getuser())
        sys.stdout.write(getattr(desk, asked.command)(asked) + "\n")
    except (BulkpressError, SettingsError) as error:
        sys.stderr.write(f"Error: {error}\n")
        return EXIT_REFUSED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bulkpress keys", description="API keys of the gateway.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    create = commands.add_parser("create", help="make a key and print it, once")
    create.add_argument("--tenant", required=True, type=_tenant, help="whose jobs it gives access to")
    create.add_argument("--name", required=True, type=_name, help="what people call it")
    create.add_argument(
        "--scope", action="append", choices=[one.value for one in Scope], help="may be repeated; jobs:read, jobs:write"
    )
    lifetime = "in hours (h) or days (d); never, if not given"
    create.add_argument("--expires-in", type=_lifetime, metavar="90d", help=lifetime)
    listing = commands.add_parser("list", help="list keys, without their secrets")
    listing.add_argument("--tenant", type=_tenant)
    rotate = commands.add_parser("rotate", help="give a key a new secret and print it, once")
    rotate.add_argument("id")
    rotate.add_argument(
        "--overlap", type=_span, metavar="24h", default=timedelta(hours=24), help="the old one is good for so long"
    )
    commands.add_parser("revoke", help="close a key at once").add_argument("id")
    return parser


def _tenant(text: str) -> str:
    if not TENANT.fullmatch(text):
        raise argparse.ArgumentTypeError("use up to 128 letters, digits and @ . _ + -, the first a letter or digit")
    return text


def _name(text: str) -> str:
    if not text.isprintable() or not 0 < len(text) <= MAX_NAME_CHARS:
        raise argparse.ArgumentTypeError(f"use up to {MAX_NAME_CHARS} printable characters")
    return text


def _span(text: str) -> timedelta:
    found = SPAN.fullmatch(text)
    if not found:
        raise argparse.ArgumentTypeError("write hours or days, as in 24h or 90d")
    return timedelta(**{"hours" if found[2] == "h" else "days": int(found[1])})


def _lifetime(text: str) -> timedelta:
    if not (lifetime := _span(text)):
        raise argparse.ArgumentTypeError("a key that has expired opens nothing: write at least 1h, or leave it out")
    return lifetime


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at:
        return "revoked"
    if key.expires_at and key.expires_at <= now:
        return "expired"
    return "rotating" if key.former_until and now < key.former_until else "good"


def _times(key: ApiKey) -> tuple[str, str, str]:
    return _day(key.created_at), _day(key.expires_at), f"{key.used_at:%Y-%m-%d %H:%M}" if key.used_at else "never"


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else "never"


if __name__ == "__main__":
    sys.exit(main())
