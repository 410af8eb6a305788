"""An S3 server in one process: OpenStack Swift with its S3 API, on free ports of the loopback interface.

Run as `python -m tests.support.swift_server FOLDER PARENT_PID`, it prints its address as one line when it answers, and
ends with its parent. FOLDER must be on a file system with user-defined extended attributes, where Swift keeps metadata.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

import eventlet

eventlet.monkey_patch()

from eventlet import wsgi  # noqa: E402 - Swift must find the standard library patched
from swift.account import server as account_server  # noqa: E402
from swift.common import utils as swift_utils  # noqa: E402
from swift.common.http_protocol import SwiftHttpProtocol  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402

ACCESS_KEY = "test:tester"
SECRET_KEY = "testing"
HOST = "127.0.0.1"

SWIFT_CONF = """
[swift-hash]
swift_hash_path_suffix = bulkpress
[storage-policy:0]
name = one
default = yes
"""

PROXY_CONF = f"""
[DEFAULT]
swift_dir = {{folder}}
log_level = ERROR
[pipeline:main]
pipeline = catch_errors gatekeeper listing_formats s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
max_bucket_listing = 10
[filter:tempauth]
use = egg:swift#tempauth
user_{ACCESS_KEY.replace(":", "_")} = {SECRET_KEY} .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""


def end_with_parent(parent_pid: int) -> None:
    """Have the kernel end this process with its parent (prctl(2), PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent_pid:
        sys.exit("the tests that started this server are gone")


def main(folder: Path) -> None:
    """Make the rings, start the four servers, say where, and serve until killed."""
    (folder / "swift.conf").write_text(SWIFT_CONF)
    swift_utils.set_swift_dir(str(folder))
    from swift.container import server as container_server  # noqa: PLC0415 - these read swift.conf when imported
    from swift.obj import server as object_server  # noqa: PLC0415

    devices = folder / "devices"
    (devices / "one").mkdir(parents=True)
    conf = {
        "devices": str(devices),
        "mount_check": "false",
        "swift_dir": str(folder),
        "recon_cache_path": str(folder),
        "disable_fallocate": "true",
        "log_level": "ERROR",
    }
    servers = {"account": account_server, "container": container_server, "object": object_server}
    for name, module in servers.items():
        listener = eventlet.listen((HOST, 0))
        _write_ring(folder / f"{name}.ring.gz", listener.getsockname()[1])
        eventlet.spawn(_serve, listener, module.app_factory(conf))

    from swift.common.wsgi import ConfigString, loadapp  # noqa: PLC0415

    listener = eventlet.listen((HOST, 0))
    proxy = loadapp(ConfigString(PROXY_CONF.format(folder=folder)), global_conf={"log_name": "proxy"})
    sys.stdout.write(f"http://{HOST}:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    _serve(listener, proxy)


def _write_ring(path: Path, port: int) -> None:
    builder = RingBuilder(part_power=1, replicas=1, min_part_hours=0)
    builder.add_dev({"id": 0, "region": 1, "zone": 1, "ip": HOST, "port": port, "device": "one", "weight": 1.0})
    builder.rebalance()
    builder.get_ring().save(str(path))


def _serve(listener: object, app: object) -> None:
    quiet = swift_utils.NullLogger()
    wsgi.server(listener, app, quiet, protocol=SwiftHttpProtocol, capitalize_response_headers=False)


if __name__ == "__main__":
    end_with_parent(int(sys.argv[2]))
    main(Path(sys.argv[1]))
