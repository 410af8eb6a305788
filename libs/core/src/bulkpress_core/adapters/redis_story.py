"""Reading a job's story from Redis. Its list and the letters in it are told in lua/prelude.lua."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import redis

from bulkpress_core.adapters.job_records import decoded, file_of, job_of
from bulkpress_core.adapters.redis_scripts import reaching_redis
from bulkpress_core.domain.errors import JobNotFoundError
from bulkpress_core.domain.jobs import Job, JobFile, JobId
from bulkpress_core.domain.stories import EVENT_OF_FILE, Chapter, StoryEvent, Told

FINISHED, RETRIED = b"f", b"r"
EVENT_OF_LETTER: Mapping[bytes, StoryEvent] = {
    b"o": StoryEvent.JOB_OPENED,
    RETRIED: StoryEvent.JOB_RETRIED,
    b"c": StoryEvent.JOB_CANCELLED,
    FINISHED: StoryEvent.JOB_FINISHED,
}


def told(client: redis.Redis, key: Callable[..., str], job_id: JobId, *, after: int, limit: int) -> Told:
    """Up to `limit` chapters after that position. Raises JobNotFoundError."""
    story = key("story", job_id)
    with reaching_redis():
        with client.pipeline(transaction=True) as pipeline:
            pipeline.hgetall(key("job", job_id))
            pipeline.llen(story)
            pipeline.lindex(story, -1)
            pipeline.lrange(story, after, after + limit - 1)
            pipeline.lpos(story, RETRIED.decode(), rank=-1)
            record, length, last, letters, retried_at = pipeline.execute()
        if not record:
            raise JobNotFoundError
        job = job_of(job_id, decoded(record))
        files = _files(client, key, job, after, letters=letters, retried_at=-1 if retried_at is None else retried_at)
    chapters = [_chapter(after + at, letter, files) for at, letter in enumerate(letters)]
    return Told(job, chapters, length, is_over=last == FINISHED and after + len(letters) >= length)


def _files(
    client: redis.Redis, key: Callable[..., str], job: Job, after: int, *, letters: Sequence[bytes], retried_at: int
) -> dict[int, JobFile]:
    """By their index in the story, the files that ended there and were not tried again since. Only failed ones are
    ever, so of those of the others nothing is known but that they had failed."""
    ended = [(after + at, int(letter)) for at, letter in enumerate(letters) if letter not in EVENT_OF_LETTER]
    with client.pipeline(transaction=False) as pipeline:
        for index, number in ended:
            pipeline.hgetall(key("file", job.id, number))
            if index < retried_at:
                pipeline.lpos(key("story", job.id), str(number), rank=-1)
        replies: list[Any] = pipeline.execute()
    found: dict[int, JobFile] = {}
    answers = iter(replies)
    for index, number in ended:
        fields = decoded(next(answers))
        last_end = next(answers) if index < retried_at else index
        if not fields or last_end is None:  # deleted while we read
            raise JobNotFoundError
        file = file_of(number, fields, job.source_prefix)
        if file.state in EVENT_OF_FILE and last_end == index:
            found[index] = file
    return found


def _chapter(index: int, letter: bytes, files: Mapping[int, JobFile]) -> Chapter:
    if letter in EVENT_OF_LETTER:
        return Chapter(index + 1, EVENT_OF_LETTER[letter])
    file = files.get(index)
    event = EVENT_OF_FILE[file.state] if file else StoryEvent.FILE_FAILED
    return Chapter(index + 1, event, int(letter), file)
