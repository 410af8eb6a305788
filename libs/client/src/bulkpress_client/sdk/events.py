"""Server-Sent Events (HTML Living Standard, 9.2), as far as the gateway uses them: lines in, events out."""

import json

from bulkpress_client.sdk.views import Event

LAST = frozenset({"job.finished", "job.deleted"})  # with these a job's stream ends
QUIET_S = 60.0  # the gateway says something every 15


class EventLines:
    """Puts the lines of a stream together to events. `last_id` is where the next stream goes on."""

    def __init__(self, last_id: str = "") -> None:
        self.last_id = last_id
        self._id, self._name, self._data = last_id, "", list[str]()

    @property
    def headers(self) -> dict[str, str]:
        """What the request for the next stream says."""
        return {"Accept": "text/event-stream"} | ({"Last-Event-ID": self.last_id} if self.last_id else {})

    def feed(self, line: str) -> Event | None:
        """The event that ends with this line, which comes without its line end; None if none does."""
        if line:
            self._take(line)
            return None
        name, data = self._name, self._data
        self._name, self._data = "", []
        if not data:
            return None
        self.last_id = self._id
        return Event(self.last_id, name or "message", json.loads("\n".join(data)))

    def begin_again(self) -> None:
        """Forget an event that broke off with its stream."""
        self._id, self._name, self._data = self.last_id, "", []

    def _take(self, line: str) -> None:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "id":
            self._id = value
        elif field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
