"""The audit log."""

from datetime import UTC, datetime

import pytest
import redis

from bulkpress_core.adapters.redis_actions import RedisActionLog
from bulkpress_core.domain.actions import Action
from bulkpress_core.domain.jobs import TenantId
from bulkpress_core.ports.action_log import ActionLog

NOW = datetime(2100, 1, 1, tzinfo=UTC)
ACME = TenantId("acme")


@pytest.fixture
def actions(redis_client: redis.Redis) -> ActionLog:
    """An empty log that keeps a hundred."""
    return RedisActionLog(redis_client, most=100)


def action(status: int = 200) -> Action:
    return Action(NOW, "key:abc", "cancel_job", status, "f" * 32, "r-1", "203.0.113.9")


def test_what_was_added_is_listed_newest_first(actions: ActionLog) -> None:
    for status in (200, 404, 409):
        actions.add(ACME, action(status))
    page = actions.listed(ACME, limit=10)
    assert page.actions == [action(409), action(404), action(200)]
    assert page.last is None


def test_a_list_goes_on_where_the_page_before_ended_whatever_was_added_since(actions: ActionLog) -> None:
    for status in range(5):
        actions.add(ACME, action(status))
    first = actions.listed(ACME, limit=2)
    actions.add(ACME, action(9))
    rest = actions.listed(ACME, after=first.last, limit=10)
    assert [one.status for one in [*first.actions, *rest.actions]] == [4, 3, 2, 1, 0]


def test_tenants_have_logs_of_their_own(actions: ActionLog) -> None:
    actions.add(ACME, action())
    assert actions.listed(TenantId("other"), limit=10).actions == []


def test_the_oldest_are_forgotten(actions: ActionLog) -> None:
    for status in range(1000):
        actions.add(ACME, action(status))
    kept = actions.listed(ACME, limit=1000).actions
    assert kept[0].status == 999
    assert 100 <= len(kept) < 300  # Redis drops them by the node
