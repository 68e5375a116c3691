#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Two layers each: one layer after the other is left out of all processes, and
# what must not be possible is tried from inside.  Another layer answers, or,
# where none is left, the daemon does not start without that one, and names
# it.  The table in docs/architecture.md says which; it is compared with what
# came of it here, cell by cell.
import ctypes
import os
import re
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "lib"))
import stubs                                            # noqa: E402
from stubs import tap, world                            # noqa: E402
import laybox                                           # noqa: E402
from laybox import ENGINES, LAYERS, TIERS, Lacking      # noqa: E402

REFUSED = "start refused"
# What a wall says; anything else comes from behind it.
WALLS = {"EPERM", "EACCES", "ENOENT", "EROFS", "ESRCH", "EAGAIN",
         "ECONNREFUSED", "ENETUNREACH", "EDOTDOT", "gone"}
TOOLS = tuple("tool/" + t for t in TIERS)
NETTED = ("relay", "gate", "egress", "resolver")
THEIRS, OPEN = world.W + "/theirs", world.W + "/open"
NEVER = "act BPF|act KEYCTL|act URING|act USERFAULT|act PERF"
SPACES = "act NEWUSER|act NEWNET|act CLONENS|act MOUNT|act SETNS"
WORKSPACE = world.W + "/home/ana/projects"

# What nobody may do; who tries it; what is tried.
CLAIMS = (
    ("the agent connects to nobody", ("agent",),
     "act TCP4|act UDP|act DNS|act METADATA"),
    ("the agent executes nothing", ("agent",), "act EXEC"),
    ("the agent reads no file of the host", ("agent",),
     "act SHADOW|open r %s|open r %s" % (THEIRS, WORKSPACE)),
    ("runner, totp, audit, keeper have no network",
     ("runner", "totp", "audit", "keeper"),
     "act TCP4|act UDP|act DNS|act METADATA"),
    ("relay, gate, egress reach pinned addresses alone",
     ("relay", "gate", "egress"), "act TCP4"),
    ("the resolver reaches its name servers alone", ("resolver",),
     "act TCP4|act UDP"),
    ("nobody but the resolver sends a datagram",
     tuple(e for e in ENGINES if e != "resolver"), "act UDP|act DNS"),
    ("metadata addresses are closed to all", NETTED, "act METADATA"),
    ("gate, egress open no file", ("gate", "egress"),
     "act SHADOW|act CANARY|act CANARYDIR|act CANARYW"),
    ("resolver, totp see no file but their own", ("resolver", "totp"),
     "act SHADOW|act CANARY|act CANARYDIR|open r " + THEIRS),
    ("no engine opens a library, a device or a socket file", ENGINES,
     "act CANARY|act CANARYDIR|act CANARYW|act CONTROL"),
    ("no engine reads another's files", ENGINES, "act STATE"),
    ("no engine looks into another", ENGINES,
     "act ENVIRON|act MEM|act PTRACE|act VMREAD"),
    ("no engine signals another", ENGINES, "act SIGNAL"),
    ("no engine starts a program or a process", ENGINES,
     "act EXEC|act FORK"),
    ("no engine makes new code", ENGINES, "act MAPEXEC|act PROTEXEC"),
    ("no engine becomes another user", ENGINES,
     "act SETUID|act SETGID|act CAPSET"),
    ("no engine makes a namespace or a mount", ENGINES, SPACES),
    ("no engine uses bpf, keyctl, io_uring and their like", ENGINES, NEVER),
    ("a tool reads no file of another user", TOOLS,
     "act SHADOW|act STATE|open r " + THEIRS),
    ("a tool reads nothing outside its paths", TOOLS, "open r " + OPEN),
    ("a tool connects to no socket file of the host", TOOLS, "act CONTROL"),
    ("a tool writes nothing outside its paths", TOOLS, "open w " + OPEN),
    ("READ_ONLY writes nothing", ("tool/read-only",), "act WORKSPACE"),
    ("a tool reaches nobody but its listeners", TOOLS,
     "act TCP4|act METADATA|act ABSTRACT"),
    ("a tool sees no other process", TOOLS,
     "look /proc/%SIBLING|act ENVIRON|act MEM"),
    ("a tool signals and traces no other process", TOOLS,
     "act SIGNAL|act PTRACE"),
    ("nothing of a tool outlives its call", ("tool/write-local",), "stay"),
    ("a tool becomes no other user", TOOLS,
     "act SETUID|act SETGID|act CAPSET"),
    ("a tool makes no namespace or mount", TOOLS, SPACES),
    ("a tool uses no bpf, keyctl, io_uring and their like", TOOLS, NEVER),
)


# --- the world ----------------------------------------------------------------
def listener(family, addr):
    s = socket.socket(family, socket.SOCK_STREAM)
    s.bind(addr)
    s.listen(4096)
    return s


def baits():
    world.run("ip", "addr", "add", "169.254.169.254/32", "dev", "lo")
    keep = [listener(socket.AF_INET, ("127.0.0.1", 0)),
            listener(socket.AF_INET, ("169.254.169.254", 80)),
            listener(socket.AF_UNIX, "\0lay")]
    for path, mode in ((THEIRS, 0o600), (OPEN, 0o666)):
        with open(path, "w") as f:
            f.write("x\n")
        os.chmod(path, mode)
    # Without its view and its mapped mount a tool still needs a way there.
    for d in (WORKSPACE, os.path.dirname(WORKSPACE)):
        os.chmod(d, 0o755)
    return keep


def context(fam, proc, port):
    """What acts reach for: somebody who is not this one."""
    tier = TIERS.get(proc.partition("/")[2], 0)
    sibling = fam.boxes["audit" if proc != "audit" else "relay"].pid
    state = "totp" if proc == "audit" else "audit"
    return "ctx %d %d %d 0 lay 0\nplaces %s/state/%s %s/run/telclauded.sock " \
        "/tmp %s\n" % (tier, sibling, port, world.W, state, world.W,
                       WORKSPACE), sibling


def one_user():
    """Files of users that are one user now."""
    state = world.W + "/state/"
    for path in [state + d for d in os.listdir(state)] + [THEIRS]:
        subprocess.run(["chown", "-R", str(laybox.STRANGER), path],
                       check=True)


# --- is the layer really gone? ----------------------------------------------
def ns(pid, kind):
    return os.stat("/proc/%d/ns/%s" % (pid, kind)).st_ino


def gone(fam, layer, did):
    """What the kernel says, or what works now."""
    e, t = fam.boxes["agent"].pid, fam.tools["write-local"][0].pid
    facts = {p: stubs.family.status_of(p) for p in (e, t)}
    if layer == "firewall":
        return did[("relay", "act TCP4")] == "0"
    if layer == "user":
        return all(int(f["Uid"].split()[0]) == laybox.STRANGER
                   for f in facts.values())
    if layer in ("base filter", "filter"):
        n = [int(f.get("Seccomp_filters", 0)) for f in facts.values()]
        return n == [1, full[1] - 1] if layer == "base filter" else n == [1, 1]
    if layer == "Landlock":
        return fam.boxes["relay"].do("act CANARY") == ["0"]
    if layer in ("network", "view"):
        kind = "net" if layer == "network" else "mnt"
        return ns(e, kind) == ns(os.getpid(), kind) and (
            kind == "mnt" or ns(t, kind) == ns(os.getpid(), kind))
    return len(facts[t]["NSpid"].split()) == 1


full, have = [0, 0], {}


def lacking():
    """Why this kernel would give other cells, or None."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(444, None, 0, 1) < 6:
        return "Landlock below version 6"
    if libc.prctl(66, 0, 0, 0, 0) < 0:
        return "memory cannot be kept from becoming code"
    if not have["groups"]:
        return "tools have no control groups"
    return None


def whole(fam):
    """The same doubles behind all walls."""
    for i, p in enumerate((fam.boxes["agent"].pid,
                           fam.tools["write-local"][0].pid)):
        full[i] = int(stubs.family.status_of(p).get("Seccomp_filters", 0))
    box = fam.tools["write-local"][0]
    r = fam.boxes["relay"].do("act LISTEN\nopen w %s/state/relay/own\n"
                              "open r %s/state/relay" % (world.W, world.W))
    tap.ok(r == ["EPERM", "ENOENT", "0"], "twin: the relay opens its own "
           "directory", r)
    box.do(context(fam, "tool/write-local", 3128)[0])
    r = box.do("act WORKSPACE\nopen r %s\nopen r /etc/passwd\n"
               "open r /usr/bin/env\nopen r /\nstay tctwin\nlook /proc/1\n"
               "act TCP4" % WORKSPACE)
    tap.ok(r == ["0"] * 8, "twin: a tool reads and writes its workspace, "
           "reads programs, forks, sees itself, reaches its listener", r)
    ours = open("/proc/%d/cgroup" % fam.proc.pid).read()
    have["groups"] = open("/proc/%d/cgroup" % box.pid).read() != ours


# --- the acts -----------------------------------------------------------------
def stays(fam, layer):
    """A process left behind by a call that is killed."""
    box, job = fam.tool("write-local")
    if box.do("stay tcstays") != ["0"]:
        return "no process"
    fam.kill(job)
    end = time.time() + 3
    while time.time() < end:
        if not left():
            return "gone"
        time.sleep(0.01)
    for pid in left():
        os.kill(pid, 9)
    return "0"


def left():
    out = []
    for n in os.listdir("/proc"):
        if n.isdigit() and stubs.family._read("/proc/%s/comm" % n) == \
                b"tcstays\n" and stubs.alive(int(n)):
            out.append(int(n))
    return out


def attempts(fam, proc, acts, port):
    box = fam.tools[proc[5:]][0] if proc.startswith("tool/") else \
        fam.boxes[proc]
    ctx, sibling = context(fam, proc, port)
    acts = [a.replace("%SIBLING", str(sibling)) for a in acts]
    if box.do(ctx) != ["0", "0"]:
        return None
    return box.do("\n".join(acts))


def measure(layer, port):
    """{(process, act): outcome} without that layer."""
    os.chown(THEIRS, stubs.UIDS["_tcrelay"], -1)
    fam = Lacking(layer)
    if not fam.start():
        fam.stop()
        tap.skip_all("built without cages")
    fam.tools = {t: fam.tool(t) for t in TIERS}
    if layer == "user":
        one_user()
    if layer is None:
        whole(fam)
    did = {}
    for claim, procs, acts in CLAIMS:
        acts = acts.split("|")
        for p in procs:
            if layer and not laybox.has(layer, p):
                continue
            r = [stays(fam, layer)] if acts == ["stay"] else \
                attempts(fam, p, acts, port)
            if r is None or len(r) != len(acts):
                tap.ok(False, "%s without %s: %s lives on" % (
                    claim, layer, p), "%s\n%s" % (r, fam.log()[-1500:]))
                r = ["dead"] * len(acts)
            did.update({(p, a): v for a, v in zip(acts, r)})
    if layer is None:
        bad = [(k, v) for k, v in did.items() if v not in WALLS]
        tap.ok(not bad, "with all layers: %d attempts, none works" %
               len(did), bad)
    else:
        tap.ok(gone(fam, layer, did), "without %s: it is really gone" % layer)
    fam.stop()
    tap.ok(stubs.gone([b.pid for b in fam.boxes.values()] +
                      [t[0].pid for t in fam.tools.values()]),
           "without %s: nobody is left" % layer)
    shutil.rmtree(world.W + "/state")
    return did


# --- the table ------------------------------------------------------------------
def cell(did, layer, procs, acts):
    """What answers; and who would have got through."""
    words, through = [], []
    procs = [p for p in procs if laybox.has(layer, p)]
    for p in procs:
        for a in acts.split("|"):
            v = did[(p, a)]
            if v not in WALLS and p not in through:
                through.append(p)
            if v in WALLS and v not in words:
                words.append(v)
    if not procs:
        return "-", []
    return (REFUSED if through else " ".join(sorted(words))), through


def documented():
    with open(world.TOP + "/docs/architecture.md") as f:
        text = f.read()
    rows = {}
    for line in text.partition("\n## Two layers each\n")[2].partition(
            "\n## ")[0].splitlines():
        c = [x.strip() for x in line.strip("|").split("|")]
        if line.startswith("|") and len(c) == len(LAYERS) + 1:
            rows[c[0]] = c[1:]
    head = rows.pop("claim, without", None)
    rows = {k: v for k, v in rows.items() if set(k) != {"-"}}
    return head, rows


def name_of(proc):
    return {"agent": "agent/telegram", "runner": "runner/telegram",
            "tool": "tool/telegram/[a-z-]+"}.get(proc, proc)


def refuses(layer, proc):
    """The real family, but this one without that layer."""
    proc = proc.partition("/")[0]
    hole, kind, words = LAYERS[layer]
    o = world.obj()
    lib = o + "/libexec"
    if kind != "whole":
        lib = world.W + "/lacking"
        shutil.rmtree(lib, ignore_errors=True)
        shutil.copytree(o + "/libexec", lib)
        shutil.copy(laybox.double(proc, kind), lib + "/" + proc)
    if hole == "view" and proc in ("totp", "resolver"):
        hole = "root"
    fam = stubs.family.Family(stubs.config(), "refused-%s-%s" % (
        LAYERS[layer][0] + kind, proc),
        env={"TC_SABOTAGE": "%s:%s" % (hole, proc)})
    fam.proc = subprocess.Popen(
        [o + "/test/sabparent", "-d", "-f", fam.conf, "-L", lib],
        env=fam.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=open(fam.errors, "a"))
    rc = fam.exited(10)
    fam.stop()
    tap.ok(rc == 1 and " up in " not in fam.log() and re.search(
        "error: (selftest: )?%s( did not start)?: %s" % (
            name_of(proc), words), fam.log()),
        "%s without %s: the start is refused, and says so" % (proc, layer),
        fam.log()[-1200:])


def main():
    why = world.missing()
    if why:
        tap.skip_all(why)
    world.enter()
    world.make_tls()
    keep = baits()
    port = keep[0].getsockname()[1]
    measure(None, port)
    results = {layer: measure(layer, port) for layer in LAYERS}
    head, rows = documented()
    lacks = lacking()
    tap.ok(head == list(LAYERS), "the table's columns are the layers", head)
    tap.ok(list(rows) == [c[0] for c in CLAIMS],
           "and its rows the claims, in order",
           [c[0] for c in CLAIMS if c[0] not in rows])
    single = set()
    for claim, procs, acts in CLAIMS:
        measured = []
        for layer in LAYERS:
            word, through = cell(results[layer], layer, procs, acts)
            measured.append(word)
            single |= {(layer, p.partition("/")[0]) for p in through}
        if lacks:
            tap.skip(claim, "the table is of another kernel: " + lacks)
            continue
        tap.ok(rows.get(claim) == measured, claim,
               "| %s | %s |" % (claim, " | ".join(measured)))
    for layer in LAYERS:
        for proc in ENGINES + ("tool",):
            # Who has no network is nobody that a rule is asked for.
            if laybox.has(layer, proc) and (layer != "firewall" or
                                            proc in NETTED):
                refuses(layer, proc)
                single.discard((layer, proc))
    tap.ok(not single, "no layer that is the only one can be missing", single)
    return tap.done()


sys.exit(main())
