# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Speaks to tooldrv: a scope of real tool processes, and calls in it.
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "../../e2e/lib"))
import tap                                              # noqa: E402

OBJ = os.path.realpath(os.environ.get("OBJ", "obj"))
DRV = OBJ + "/test/tooldrv"
TOOL = OBJ + "/libexec/tool"
PROBE = OBJ + "/test/toolprobe"
# Of this run alone: what is alive is judged by them.
TOOL_UID = 50000 + os.getpid() % 5000
OWNER = TOOL_UID + 5000


def usable():
    for f in (DRV, TOOL, PROBE):
        if not os.path.exists(f):
            tap.skip_all(f + " is not built")
    if os.geteuid() != 0:
        tap.skip_all("needs root")
    if "TOOLDRV_NS" not in os.environ:
        # Mounts of ours are nobody else's matter.
        os.execvpe("unshare", ["unshare", "--mount", sys.executable,
                               *sys.argv], dict(os.environ, TOOLDRV_NS="1"))


# Without namespaces tools run below process 1 only.
AS_INIT = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]


class Scope:
    def __init__(self, workspace, *args, tool=TOOL, init=True):
        self.p = subprocess.Popen(
            (AS_INIT if "-F" in args and init else []) +
            [DRV, "-t", tool, "-f", OBJ + "/libexec/fetch", "-w", workspace, "-u", str(TOOL_UID),
             *args],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.id = 0
        self.waiting = {}
        self.first = self.line()
        self.why = self.first.get("why")

    def line(self):
        s = self.p.stdout.readline()
        return json.loads(s) if s else {}

    def send(self, o):
        self.p.stdin.write(json.dumps(o) + "\n")
        self.p.stdin.flush()

    def start(self, tool, args, tier="write-local", conv=1, **more):
        self.id += 1
        self.send(dict({"id": self.id, "tool": tool, "tier": tier,
                        "conv": conv, "args": args}, **more))
        return self.id

    def finish(self, n):
        while n not in self.waiting:
            o = self.line()
            if not o:
                raise SystemExit("tooldrv ended: " + self.p.stderr.read())
            self.waiting[o.get("id")] = o
        return self.waiting.pop(n)

    def call(self, *a, **kw):
        return self.finish(self.start(*a, **kw))

    def bash(self, command, **kw):
        return self.call("Bash", {"command": command}, **kw)

    def ask(self, o):
        self.send(o)
        return self.line()

    def close(self):
        self.p.stdin.close()
        self.p.wait(timeout=20)
        err = self.p.stderr.read()
        self.p.stdout.close()
        return err


def alive(uid=TOOL_UID, spares=False):
    """Processes of the tools' user, as the host sees them."""
    pids = []
    for d in filter(str.isdigit, os.listdir("/proc")):
        try:
            # A tool is not dumpable: its directory is root's.
            with open("/proc/%s/status" % d) as f:
                st = f.read()
            if "\nUid:\t%d\t" % uid not in st or "State:\tZ" in st:
                continue
            if spares or not st.startswith("Name:\ttool\n"):
                pids.append(int(d))
        except OSError:
            pass
    return pids
