"""Whatever is sent as an upload, the gateway answers as it promises and keeps nothing of what it refuses."""

from pathlib import Path
from tempfile import TemporaryDirectory

import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.gateway.world import BOUNDARY, World, body, field_part, file_part, part

FRESH_WORLDS = [HealthCheck.function_scoped_fixture]  # the database is emptied for each example
SCRAPS = st.sampled_from(
    [
        f"--{BOUNDARY}".encode(),
        f"\r\n--{BOUNDARY}\r\n".encode(),
        f"--{BOUNDARY}--".encode(),
        b"\r\n",
        b"\n",
        b'Content-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n',
        b'Content-Disposition: form-data; name="image_quality"\r\n\r\n',
        b"Content-Disposition: form-data; name=\"files\"; filename*=utf-8''%ff%00\r\n\r\n",
        file_part("a.pdf", b"%PDF"),
        file_part("\u202e\x01.pdf", b""),
        field_part("compression_level", "low"),
        part('content-disposition: FORM-DATA; NAME="files"; filename="\\"; name="x"', b"x"),
        body(),
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=FRESH_WORLDS)
@given(scraps=st.lists(st.one_of(SCRAPS, st.binary(max_size=40)), max_size=8), piece=st.integers(1, 200))
def test_no_body_makes_the_gateway_fail(redis_client: redis.Redis, scraps: list[bytes], piece: int) -> None:
    redis_client.flushdb()
    with TemporaryDirectory() as folder:
        world = World(Path(folder), redis_client)
        answer = world.upload_raw(b"".join(scraps), piece=piece)
        assert answer.status_code in {202, 400, 422}
        if answer.status_code != 202:
            assert answer.headers["content-type"] == "application/problem+json"
            assert world.stored() == []
            assert world.recorded() == []


@settings(max_examples=40, deadline=None, suppress_health_check=FRESH_WORLDS)
@given(content_type=st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=80))
def test_no_content_type_makes_the_gateway_fail(redis_client: redis.Redis, content_type: str) -> None:
    with TemporaryDirectory() as folder:
        headers = {"Content-Type": f"multipart/form-data;{content_type}".strip().encode("latin-1")}
        answer = World(Path(folder), redis_client).upload_raw(body(), headers)
        assert answer.status_code in {400, 415, 422}
