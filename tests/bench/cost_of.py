"""`python -I -S cost_of.py FD COMMAND...`: run the command and write what it cost, as JSON, to the file descriptor.

A small process between measurer and measured: the peak that the system keeps of a new process begins with that of the
process it was forked from, which in the measurer is large.
"""

import json
import os
import resource
import sys


def main(report_fd: int, command: list[str]) -> None:
    """Run the command to its end and report what it cost."""
    pid = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    os.write(report_fd, json.dumps(cost(status, usage)).encode())


def cost(status: int, usage: resource.struct_rusage) -> dict[str, float]:
    """What wait4(2) told of a process. Times include the children it waited for; the peak is of its largest process."""
    unit_bytes = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss (getrusage(2))
    return {
        "exit_code": os.waitstatus_to_exitcode(status),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 3),
        "peak_rss_bytes": usage.ru_maxrss * unit_bytes,
    }


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
