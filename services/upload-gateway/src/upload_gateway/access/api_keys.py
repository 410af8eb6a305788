"""API keys as credentials."""

from datetime import timedelta

import structlog
from starlette.concurrency import run_in_threadpool

from bulkpress_core.domain.access import ApiKey, key_id_of
from bulkpress_core.domain.errors import UnavailableError
from bulkpress_core.ports.key_store import KeyStore
from upload_gateway.callers import Caller, InvalidTokenError
from upload_gateway.clock import Clock

USE_NOTED_EVERY = timedelta(minutes=5)  # a read for each request, a write now and then

log = structlog.get_logger(__name__)


class KeyJudge:
    """Judge by the key store, which every request asks: a revoked key is refused at once."""

    def __init__(self, keys: KeyStore, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    async def caller(self, credential: str) -> Caller:
        """Who the key belongs to."""
        return await run_in_threadpool(self._holder, credential)

    def _holder(self, text: str) -> Caller:
        now = self._clock()
        key_id = key_id_of(text)
        key = self._keys.find(key_id) if key_id else None
        if key is None or not key.is_open_to(text, now=now):
            raise InvalidTokenError  # in the same words, whatever is wrong with it
        if key.used_at is None or now - key.used_at >= USE_NOTED_EVERY:
            self._note_use(key)
        return Caller(key.tenant, key.scopes, f"key:{key.id}")

    def _note_use(self, key: ApiKey) -> None:
        try:
            self._keys.touch(key.id, now=self._clock())
        except UnavailableError as error:  # the key is good all the same
            log.warning("key.use_not_noted", key_id=key.id, error=str(error))
