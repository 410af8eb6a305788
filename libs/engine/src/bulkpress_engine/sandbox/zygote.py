"""The zygote: imports the engine once and forks a limited child for every request. `Sandbox` starts it.

It has one thread, so that forking is safe, and is never busy itself, so that it sees at once when its parent is gone:
then it kills the child it watches, removes that child's scratch folder and ends.

    python -m bulkpress_engine.sandbox.zygote MODULE:FUNCTION [--die-with-parent]      (the socket is its stdin)
"""

import contextlib
import faulthandler
import gc
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, Protocol

from PIL import Image

from bulkpress_engine.options import Limits, PressOptions
from bulkpress_engine.sandbox.confinement import confine, die_with_parent, keep_descriptors
from bulkpress_engine.sandbox.endings import answer_to
from bulkpress_engine.sandbox.wire import Channel, Ending, Request


class Result(Protocol):
    """What a task gives."""

    def as_dict(self) -> dict[str, Any]:
        """Its JSON-ready values."""


Task = Callable[[Path, Path, PressOptions, Limits], Result]
SAID_BYTES = 4_000  # of stderr: the tail says why a native library gave up


class _ParentGoneError(Exception):
    """The parent closed its end of the socket, or ended."""


def main(entry_point: str, *flags: str) -> None:
    """Serve requests until the parent is gone."""
    control = Channel(socket.socket(fileno=0))
    signal.signal(signal.SIGTERM, _leave)
    if "--die-with-parent" in flags:
        die_with_parent(signal.SIGTERM)
    _task(entry_point)
    import_module("lxml.etree")  # by pikepdf when it first reads XMP, and so in every child anew
    Image.preinit()  # Pillow's codecs likewise
    gc.collect()
    gc.freeze()  # a collection in a child would write to, and so copy, pages shared with this process
    scratch: Path | None = None
    with contextlib.suppress(_ParentGoneError):
        control.send({"ready": True})
        while (raw := control.receive()) is not None:
            request = Request.from_dict(raw)
            scratch = request.scratch
            control.send(asdict(_run(request, control)))
        _leave()  # the end of the stream; from here on SIGTERM, which may be on its way too, changes nothing
    if scratch is not None:  # the parent removes it after each press, unless it was killed
        shutil.rmtree(scratch, ignore_errors=True)


def _run(request: Request, control: Channel) -> Ending:
    """Press in a child and say how it ended. Nothing of it runs any more when this returns or raises."""
    answer_in, answer_out = os.pipe()
    said_in, said_out = os.pipe()
    zygote = os.getpid()
    child = os.fork()
    if child == 0:
        _be_child(request, answer_out, said_out, zygote)
    try:
        os.close(answer_out)
        os.close(said_out)
        with contextlib.suppress(PermissionError, ProcessLookupError):  # the child does the same: whoever comes first
            os.setpgid(child, child)
        answer, said = _listen(control, answer_in, said_in)
    except _ParentGoneError:
        _end(child)
        raise
    finally:
        os.close(answer_in)
        os.close(said_in)
    return Ending(_end(child), answer.decode(), said.decode(errors="replace"))


def _listen(control: Channel, answer: int, said: int) -> tuple[bytes, bytes]:
    """Collect the child's answer until it closes its pipe, and the tail of its stderr. Raises _ParentGoneError."""
    heard = {answer: b"", said: b""}
    with selectors.DefaultSelector() as selector:
        for readable in (control.fileno(), answer, said):
            selector.register(readable, selectors.EVENT_READ)
        while True:
            ready = {key.fd for key, _ in selector.select()}
            if control.fileno() in ready:  # nothing is sent while a press runs: this is the end of the stream
                _leave()
            source = said if said in ready else answer  # stderr first, so that its last words are heard
            data = os.read(source, 1 << 16)
            heard[source] += data
            heard[said] = heard[said][-SAID_BYTES:]
            if not data and source == answer:
                return heard[answer], heard[said]
            if not data:
                selector.unregister(said)


def _end(child: int) -> int:
    """Kill the child's group, programs that it started too, and reap it; a child that has ended keeps its status."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def _be_child(request: Request, answer_out: int, said_out: int, zygote: int) -> NoReturn:
    """Be the child from fork to end: never returns to the zygote's loop."""
    try:
        die_with_parent(signal.SIGKILL)
        os.setpgid(0, 0)
        for given_back in (signal.SIGTERM, signal.SIGXFSZ):  # Python ignores the latter, which hides what went wrong
            signal.signal(given_back, signal.SIG_DFL)
        answer_out = keep_descriptors(answer_out, said_out)
        faulthandler.enable(2)
        tempfile.tempdir = os.environ["TMPDIR"] = str(request.scratch)
        if os.getppid() == zygote:  # else it ended before die_with_parent took hold
            confine(request.limits)
            answer = _answer(request)
            with os.fdopen(answer_out, "w") as out:
                out.write(json.dumps(answer))
    except BaseException:  # noqa: BLE001 - even out of memory here, it must end, and say why to `said`
        traceback.print_exc()
        os._exit(1)
    finally:
        os._exit(0)


def _answer(request: Request) -> dict[str, Any]:
    try:
        run = _task(request.entry_point)
        result = run(request.source, request.target, request.options, request.limits).as_dict()
    except Exception as error:  # noqa: BLE001 - whatever it raises ends this one document, with a code
        return answer_to(error)
    return {"result": result}


def _task(entry_point: str) -> Task:
    """What MODULE:FUNCTION names; imported now, unless it was before the fork."""
    module, _, function = entry_point.partition(":")
    task: Task = getattr(import_module(module), function)
    return task


def _leave(*_signal_and_frame: object) -> NoReturn:
    """Give up, once: the socket's end and the signal often come together, and cleaning up takes its time."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _ParentGoneError


if __name__ == "__main__":
    main(*sys.argv[1:])
