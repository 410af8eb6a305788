"""Write docs/reference/logs.md from the calls that log; with --check, say whether it is in step.

An event is `noun.verb`, with what belongs to it in fields. Whoever logs one that cannot be read from the code is told.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from scripts.made_pages import ROOT, write_or_check

PAGE = ROOT / "docs" / "reference" / "logs.md"
FOLDERS = {
    "libs/core/src": "all",
    "services/upload-gateway/src": "gateway",
    "services/compression-worker/src": "worker",
    "services/scheduler/src": "scheduler",
}
LEVELS = {"debug", "info", "warning", "error", "exception"}
EVENT = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*")
HEAD = """# Log events

Every service writes one JSON object a line to stderr (`BULKPRESS_LOG_FORMAT=console` for reading), with `event`,
`level`, `logger`, `timestamp` and `service`. This page is made from the code by `make docs-reference`.

To follow a file: `request_id` is in the answer's `X-Request-ID` and in all that the gateway logs of that request,
`job.accepted` has it together with `job_id`, and all that a worker logs of a file has `job_id` and `file` (its number)
besides `attempt`, `bytes_in` and `lane`. Names of files, passwords and keys are in no log; what looks like one in an
error's text is masked.

| event | level | service | fields of its own |
|---|---|---|---|
"""


class UnreadableEventError(Exception):
    """A call logs an event that the code does not name. Write it out, or choose it from words that are."""


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """One event, as one call logs it."""

    name: str
    level: str
    service: str
    fields: tuple[str, ...]


def events_of(source: str, service: str, where: str) -> Iterator[Event]:
    """All that a module logs. Raises UnreadableEventError."""
    tree = ast.parse(source)
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in LEVELS):
            continue
        if not (isinstance(call.func.value, ast.Name) and call.func.value.id == "log"):
            continue
        names = _names(call.args[0], tree)
        if not names or any(not EVENT.fullmatch(name) for name in names):
            raise UnreadableEventError(f"{where}:{call.lineno}: {ast.unparse(call)}")
        fields = tuple(word.arg for word in call.keywords if word.arg and word.arg != "exc_info")
        level = "error" if call.func.attr == "exception" else call.func.attr
        yield from (Event(name, level, service, fields) for name in names)


def _names(event: ast.expr, tree: ast.Module) -> set[str]:
    """The words themselves, those of the table they come from, or those that the module has for an `event`."""
    match event:
        case ast.Constant(value=str(name)):
            return {name}
        case ast.Subscript(value=ast.Name(id=table)):
            values = [node.value for node in tree.body if isinstance(node, ast.Assign) and _is_named(node, table)]
            return {name for value in values for name in _words(value)}
        case ast.Name():
            return {name for name in _words(tree) if EVENT.fullmatch(name)} - _literal(tree)
    return set()


def _is_named(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)


def _words(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _literal(tree: ast.Module) -> set[str]:
    """Events that calls of the module name themselves."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=level), args=[ast.Constant(value=str(name)), *_]) if level in LEVELS:
                found.add(name)
    return found


def events() -> list[Event]:
    """All events of all services, in order."""
    found: set[Event] = set()
    for folder, service in FOLDERS.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            found.update(events_of(path.read_text(encoding="utf-8"), service, str(path.relative_to(ROOT))))
    return sorted(found)


def page() -> str:
    """The page as the code has it now."""
    rows = []
    for event in events():
        fields = ", ".join(f"`{name}`" for name in event.fields)
        rows.append(f"| `{event.name}` | {event.level} | {event.service} | {fields} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    sys.exit(write_or_check({PAGE: page()}, command="make docs-reference"))
