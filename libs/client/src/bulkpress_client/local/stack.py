"""The whole system on this machine: starts every part, waits until it is ready, watches it, and stops it in order."""

import http.client
import os
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from bulkpress_client.local.children import Child, last_words
from bulkpress_client.local.errors import HomeUnusableError, LocalStackError, NotReadyError, ServiceEndedError
from bulkpress_client.local.leash import Leash
from bulkpress_client.local.options import StackOptions
from bulkpress_client.local.run_record import SUPERVISOR, ProcessRecord, RunRecord, sole_run
from bulkpress_client.local.services import Service, services, settings
from bulkpress_client.local.valkey import ValkeyError, ValkeyServer

READY_LIMIT_S = 60.0  # for all services together; a cold disk and a slow machine need some of it
STOP_GRACE_S = 20.0  # for requests and files under way; then their groups are killed
LEFTOVER_GRACE_S = 5.0
POLL_S = 0.1


class LocalStack:
    """One run of the system in `options.home`. As a context manager it is started on entry and always stopped.

    Start it from the main thread: the embedded Valkey dies with the thread that started it. `tell` is called with a
    word of what is being done.
    """

    def __init__(
        self, options: StackOptions, inherited: Mapping[str, str], *, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self.options = options
        self.stopping = False
        self._inherited = inherited
        self._tell = tell
        self._run_id = uuid4().hex
        self._children: list[Child] = []
        self._valkey: ValkeyServer | None = None
        self._services: list[Service] = []
        self._held = ExitStack()

    def __enter__(self) -> Self:
        try:
            self.start()
        except OSError as error:
            self.stop()
            raise HomeUnusableError(self.home, error) from error
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def home(self) -> Path:
        """Where everything that is written lies."""
        return self.options.home

    @property
    def gateway_url(self) -> str:
        """Where clients find the API."""
        return self._services[0].url

    @property
    def addresses(self) -> dict[str, str]:
        """Where each part is found, by name."""
        parts = {service.name: service.url for service in self._services}
        return parts | ({"redis": self._valkey.url} if self._valkey else {})

    def start(self) -> None:
        """Start everything and return when it is ready. Raises LocalStackError; then call `stop`."""
        self.options.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.home / "logs").mkdir(exist_ok=True)
        self._held.enter_context(sole_run(self.home))
        end_leftovers(self.home)
        embedded = "CELERY_BROKER_URL" not in self._inherited
        self.options = self.options.with_ports_found(embedded_redis=embedded)
        environment = settings(self.options, self._inherited, run_id=self._run_id)
        self._services = services(self.options)
        self._record()
        leash = Leash(self.home, self._run_id, self._inherited, self.home / "logs" / "leash.log")
        self._held.callback(leash.let_go)
        if embedded:
            self._start_valkey()
        for service in self._services:
            self._tell(f"starting {service.name}")
            log_path = self.home / "logs" / f"{service.name}.log"
            own = {**environment, **service.environment}
            self._children.append(Child(service.name, service.command, own, log_path))
            self._record()
        self._wait_until_ready()

    def check(self) -> None:
        """Return if every part still runs. Raises ServiceEndedError, naming the one that does not."""
        for child in self._children:
            if (exit_code := child.exit_code) is not None:
                raise ServiceEndedError(child.name, exit_code, child.log_path, last_words(child.log_path))
        if self._valkey and self._valkey.pid is None:
            log_path = self.home / "valkey" / "valkey.log"
            raise ServiceEndedError("valkey", None, log_path, last_words(log_path))

    def stop(self) -> None:
        """Stop everything: the gateway first, so that nothing new comes in, Valkey last. Stopping twice is no error."""
        self.stopping = True
        for step in (self._children[:1], self._children[1:]):
            for child in step:
                self._tell(f"stopping {child.name}")
                child.ask_to_end()
            deadline = time.monotonic() + STOP_GRACE_S
            for child in step:
                child.wait(deadline)
        if self._valkey:
            self._tell("stopping valkey")
            self._valkey.stop()
        if self._services:  # only then anything was started, and the record is ours
            RunRecord(self._run_id).end(grace_s=LEFTOVER_GRACE_S)
            RunRecord.forget(self.home)
        self._children, self._valkey, self._services = [], None, []
        self._held.close()

    def hurry(self) -> None:
        """Kill what `stop` is still waiting for."""
        for child in self._children:
            child.kill()

    def _start_valkey(self) -> None:
        self._tell("starting valkey")
        self._valkey = ValkeyServer(self.home / "valkey", port=self.options.ports["redis"])
        try:
            self._valkey.start()
        except ValkeyError as error:
            raise LocalStackError(str(error)) from error
        self._record()

    def _record(self) -> None:
        pids = {SUPERVISOR: os.getpid()} | {child.name: child.pid for child in self._children}
        if self._valkey and self._valkey.pid:
            pids["valkey"] = self._valkey.pid
        processes = {name: ProcessRecord.of(pid) for name, pid in pids.items()}
        RunRecord(self._run_id, self.addresses, processes).write(self.home)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_LIMIT_S
        for service, child in zip(self._services, self._children, strict=True):
            self._tell(f"waiting for {service.name}")
            while (answered := _answer(service)) != "200":
                self.check()
                if time.monotonic() > deadline:
                    raise NotReadyError(child.name, READY_LIMIT_S, child.log_path, answered, last_words(child.log_path))
                time.sleep(POLL_S)


def end_leftovers(home: Path) -> int:
    """End what a crashed run has left in this home; return how many processes that were."""
    record = RunRecord.read(home)
    ended = record.end(grace_s=LEFTOVER_GRACE_S) if record else 0
    RunRecord.forget(home)
    return ended


def _answer(service: Service) -> str:
    """The HTTP status with which the service says whether it is ready, or what keeps it from answering."""
    connection = http.client.HTTPConnection(service.host, service.port, timeout=5)
    try:
        connection.request("GET", service.ready_path)
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return str(error)
    finally:
        connection.close()
