"""What a tenant sees of its webhooks."""

from bulkpress_core.domain.jobs import JobId
from bulkpress_core.domain.webhooks import signing_secrets
from tests.unit.gateway.world import TENANT, World, failed, problem

URL = "https://example.com/hook"
PDF = b"%PDF-1.7"


def watched(world: World) -> JobId:
    """A job of one file that has failed."""
    job_id = JobId(world.upload([("a.pdf", PDF)], webhook_url=URL).json()["job_id"])
    world.end(job_id, failed)
    return job_id


def test_the_messages_of_a_job_are_listed_with_what_became_of_them(world: World) -> None:
    job_id = watched(world)
    told = world.get(f"/api/compress/jobs/{job_id}/webhooks").json()
    assert [(one["type"], one["state"], one["attempts"], one["file_number"]) for one in told] == [
        ("file.failed", "pending", 0, 0),
        ("job.finished", "pending", 0, None),
    ]
    assert world.get(f"/api/compress/jobs/{job_id}/webhooks?offset=1&limit=1").json() == told[1:]


def test_a_message_is_sent_again_when_asked_for(world: World) -> None:
    job_id = watched(world)
    (first, _) = world.outbox.messages(job_id)
    delivery = world.outbox.take(now=world.time.replace(year=2101), lease=world.limits.expires_in)
    assert delivery
    world.outbox.delivered(delivery, status=200)
    answer = world.request("POST", f"/api/compress/jobs/{job_id}/webhooks/{first.id}/replay")
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    assert world.queue.webhook_calls == 1


def test_a_message_that_is_not_there_is_told_so(world: World) -> None:
    job_id = watched(world)
    problem(world.request("POST", f"/api/compress/jobs/{job_id}/webhooks/x.1/replay"), 404, "message_not_found")
    problem(world.get("/api/compress/jobs/none/webhooks"), 404, "job_not_found")


def test_the_secret_is_the_tenants_own(world: World) -> None:
    told = world.get("/api/compress/webhook-secret").json()
    assert told["secrets"] == signing_secrets(["s" * 32], TENANT)


def test_cancelling_a_watched_job_has_its_end_told_at_once(world: World) -> None:
    job_id = world.upload([("a.pdf", PDF)], webhook_url=URL).json()["job_id"]
    world.request("POST", f"/api/compress/jobs/{job_id}/cancel")
    assert world.queue.webhook_calls == 1


def test_an_address_that_is_none_is_refused_at_the_door(world: World) -> None:
    problem(world.upload([("a.pdf", PDF)], webhook_url="file:///etc/passwd"), 422, "invalid_setting")
    assert world.stored() == []
