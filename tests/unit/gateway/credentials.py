"""A gateway that asks who calls, and keys to call it with."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bulkpress_core.adapters.redis_keys import RedisKeyStore
from bulkpress_core.domain.access import ApiKey, Scope, digest_of, new_key_id, new_key_text
from bulkpress_core.domain.jobs import TenantId
from tests.unit.gateway.world import NOW, World
from upload_gateway.access.api_keys import KeyJudge
from upload_gateway.access.credentials import CredentialAuthenticator
from upload_gateway.app import create_app


@dataclass
class KeyedWorld(World):
    """A world whose gateway wants API keys."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.keys = RedisKeyStore(self.client)
        judge = KeyJudge(self.keys, lambda: self.time)
        self.app = create_app(replace(self.parts, authenticator=CredentialAuthenticator(judge)))

    def new_key(
        self, tenant: str = "acme", *, scopes: Iterable[Scope] = tuple(Scope), expires_at: datetime | None = None
    ) -> str:
        """The text of a new key."""
        key_id = new_key_id()
        text = self.text_for(key_id)
        tenant_id, digest = TenantId(tenant), digest_of(text)
        self.keys.add(ApiKey(key_id, tenant_id, "test", frozenset(scopes), NOW, digest, expires_at=expires_at))
        return text

    def text_for(self, key_id: str) -> str:
        """A well-formed key that nobody has been given."""
        return new_key_text(key_id)

    def bearer(self, tenant: str = "acme", *, scopes: Iterable[Scope] = tuple(Scope)) -> dict[str, str]:
        """Headers with a new key."""
        return {"Authorization": f"Bearer {self.new_key(tenant, scopes=scopes)}"}

    def routes(self) -> list[Any]:
        """The routes of the app, those of its routers included."""
        direct = [route for route in self.app.routes if hasattr(route, "path")]
        routers = [route.original_router for route in self.app.routes if hasattr(route, "original_router")]
        assert len(direct) + len(routers) == len(self.app.routes)
        return [*direct, *(route for router in routers for route in router.routes)]
