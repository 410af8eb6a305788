"""The page of log events: all events are on it, and one that cannot be read from the code is told of."""

import pytest

from scripts.logs_page import Event, UnreadableEventError, events, events_of


def found(source: str) -> list[Event]:
    return sorted(events_of(source, "worker", "here.py"))


def test_an_event_has_its_level_and_its_fields() -> None:
    source = 'log.warning("file.deferred", reason=1, **told)\nlog.exception("sweep.failed", exc_info=error)'
    assert found(source) == [
        Event("file.deferred", "warning", "worker", ("reason",)),
        Event("sweep.failed", "error", "worker", ()),
    ]


def test_an_event_is_found_in_the_table_it_is_chosen_from() -> None:
    source = 'ENDS = {1: "file.kept", 2: "file.failed"}\nlog.info(ENDS[state])\nlog.debug("bell.in_vain")'
    assert [event.name for event in found(source)] == ["bell.in_vain", "file.failed", "file.kept"]


def test_an_event_is_found_where_it_is_handed_on_from() -> None:
    source = 'tell("key.made", key)\nlog.debug("key.asked")\ndef tell(event, key):\n    log.info(event)'
    assert [event.name for event in found(source)] == ["key.asked", "key.made"]


@pytest.mark.parametrize(
    "call", ['log.info("The file was pressed.")', 'log.info(f"file.{verb}")', "log.info(event)", 'log.info("pressed")']
)
def test_an_event_that_is_no_noun_and_verb_or_not_in_the_code_is_refused(call: str) -> None:
    with pytest.raises(UnreadableEventError, match=r"here\.py:1"):
        found(call)


def test_an_event_of_a_service_has_one_level() -> None:
    told = events()
    levels = {(event.service, event.name): event.level for event in told}
    assert [event for event in told if levels[event.service, event.name] != event.level] == []
