"""What becomes of an upload whose job is cancelled, deleted or tried again before it is whole."""

from collections.abc import AsyncIterator

import anyio
import httpx
import pytest

from tests.unit.gateway.world import MULTIPART, World, body, file_part, problem

PDF = b"%PDF-1.7\n" + b"y" * 600_000
UPLOAD = body(file_part("a.pdf", PDF), file_part("b.pdf", PDF))


async def _order(world: World, method: str, order: str) -> int:
    (job_id,) = world.recorded()
    transport = httpx.ASGITransport(app=world.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        answer = await client.request(method, f"/api/compress/jobs/{job_id}{order}")
    return answer.status_code


def uploaded_with(world: World, method: str, order: str, at: int) -> httpx.Response:
    """The answer to an upload in the middle of which, at that byte, somebody gives this order."""

    async def pieces() -> AsyncIterator[bytes]:
        yield UPLOAD[:at]
        while not world.recorded():
            await anyio.sleep(0.005)
        yield b""  # all that was sent is taken in when this is asked for
        assert await _order(world, method, order) in {200, 202}
        yield UPLOAD[at:]

    return world.request("POST", "/api/compress/bulk", content=pieces(), headers=MULTIPART)


@pytest.mark.parametrize("at", [300_000, 900_000, len(UPLOAD) - 20], ids=["first file", "second file", "last bytes"])
class TestOrders:
    def test_one_whose_job_is_deleted_is_told_so_and_leaves_nothing(self, world: World, at: int) -> None:
        problem(uploaded_with(world, "DELETE", "", at), 409, "job_deleted")
        assert (world.stored(), world.recorded()) == ([], [])

    def test_one_whose_job_is_cancelled_is_told_so_and_leaves_nothing(self, world: World, at: int) -> None:
        problem(uploaded_with(world, "POST", "/cancel", at), 409, "job_sealed")
        assert (world.stored(), world.recorded()) == ([], [])

    def test_there_is_nothing_to_try_again(self, world: World, at: int) -> None:
        assert uploaded_with(world, "POST", "/retry", at).status_code == 202
