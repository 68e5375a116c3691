#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The real parent and firewall without CAP_SYS_ADMIN: egress, in its own uid
# and cage, answers a tool at the scope's loopback address, and again after it
# was killed; nobody else gets an answer there.
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "lib"))
import stubs                                            # noqa: E402
import kernel                                           # noqa: E402
from stubs import tap, world                            # noqa: E402

VIA = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child",
       "setpriv", "--bounding-set=-sys_admin"]
HOME = world.W + "/home/ana/projects"


def way_file(ws, job):
    path, end = ws + "/way.%d" % job, time.monotonic() + 4
    while time.monotonic() < end:
        if os.path.exists(path) and os.path.getsize(path):
            with open(path) as f:
                return f.read()
        time.sleep(0.02)
    return None


def knock(uid, addr="127.77.1.1", port=3128):
    r = subprocess.run(["/usr/bin/python3", "-c", (
        "import socket\ntry:\n s = socket.create_connection(('%s', %d), 2)\n"
        " print(s.recv(99).decode())\n"
        "except OSError as e:\n print(type(e).__name__)") % (addr, port)],
        user=uid, group=uid, extra_groups=[], capture_output=True, text=True)
    return r.stdout.strip()


def find(name):
    for d in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % d) as f:
                argv = f.read().split("\0")
                if argv[0] == name and "selftest" not in argv:
                    return int(d)
        except OSError:
            pass
    return None


def play(ws, uid, name):
    """A tool that runs as uid over the workspace ws."""
    log = stubs.Parent(stubs.config().replace(HOME, ws), "way-" + name)
    p = log.start(via=VIA)
    tap.ok(p.log_wait("egress: listen scope 1 job 0 conv 0 turn 0 port 3128: "
                      "socket", 5) and
           p.log_wait("gate: listen scope 1 job 0 conv 0 turn 0 port 8790: "
                      "socket", 5),
           name + ": the scope's listeners go to egress and gate", p.log())
    os.kill(find("relay"), signal.SIGIO)
    got = way_file(ws, 1)
    tap.ok(got == "egress answers job 0",
           name + ": a tool is answered through the firewall",
           (got, p.log()))
    got = [knock(u) for u in (0, uid + 1, stubs.UIDS["_tcmbtool"],
                              stubs.UIDS["_tcegress"],
                              stubs.UIDS["_tctgrunner"])]
    tap.ok(got == ["ConnectionRefusedError"] * 5,
           name + ": root, strangers, engines and the other scope's tools "
           "are not", got)
    tap.ok(knock(uid) == "egress answers job 0",
           name + ": the tools' uid is", uid)
    at, old = len(p.log()), find("egress")
    os.kill(old, signal.SIGKILL)
    tap.ok(p.log_wait("egress: listen scope 1 job 0", 5, at) and
           knock(uid) == "egress answers job 0",
           name + ": so it is once egress is back", p.log()[at:])
    p.proc.terminate()
    os.kill(find(world.obj() + "/bin/telclauded") or p.proc.pid,
            signal.SIGKILL)
    p.proc.wait()


if kernel.no_fallback() is not None:
    tap.skip_all(kernel.no_fallback())
stubs.enter()
if not os.path.exists(stubs.LIBEXEC + "/tool"):
    tap.skip_all("the tool program is not built")
play(HOME, world.OWNER_UID, "the owner's uid")
WS = world.W + "/ws"
os.makedirs(WS)
TOOL = stubs.UIDS["_tctgtool"]
os.chown(WS, TOOL, TOOL)
play(WS, TOOL, "their own uid")
sys.exit(tap.done())
