#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The selftest: it passes on the real family, and when one layer is left out
# of one twin, by programs made for that (selftest.mk), the start stops, with
# that twin and that layer in one line and nothing left behind.
import json
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "lib"))
import stubs                                            # noqa: E402
import kernel                                           # noqa: E402
from stubs import tap, world                            # noqa: E402

NAMES = ["keeper", "audit", "resolver", "totp", "gate", "egress",
         "runner/telegram", "agent/telegram", "relay",
         "tool/telegram/read-only", "tool/telegram/write-local",
         "tool/telegram/full-access"]
NETTED = ("resolver", "gate", "egress", "relay")
EMPTY = ("resolver", "totp")
HOLED = world.W + "/holed"

# Left out of whose twin; what the one line must say.
PARENT = [
    ("base", "audit", "audit: base filter: "),
    ("nnp", "audit", "audit: no_new_privs: to gain privileges by an exec "
     "works"),
    ("caps", "all", "[a-z/]+( did not start)?: .*"
     "(has capabilities|user: to signal a sibling works)"),
    ("base", "tool", "tool/telegram/[a-z-]+: base filter: "),
    ("uid", "audit", "audit: user: the kernel says that it runs as another"),
    ("uid", "gate", "gate: user: the kernel says that it runs as another"),
    ("uid", "tool", "tool/telegram/[a-z-]+: user: "),
    ("netns", "tool", "tool/telegram/[a-z-]+: network namespace: "),
    ("view", "tool", "tool/telegram/[a-z-]+: file system view: "),
    ("pidns", "tool", "tool/telegram/[a-z-]+: process namespace: "),
    ("netns", "audit", "audit: network namespace: to connect over TCP"),
    ("view", "audit", "audit: file system view: "),
    ("root", "totp", "totp: empty root: "),
    ("fw", "gate", "gate: firewall: to connect over TCP works"),
    ("fw", "resolver", "resolver: firewall: to connect over TCP works"),
]
ENGINE = [
    ("sab_audit_landlock", "audit", "audit: Landlock: to read a canary file "
     "works"),
    ("sab_audit_filter", "audit", "audit: system call filter: "),
    ("sab_audit_kill", "audit", "audit: system call filter: a forbidden call "
     "does not kill"),
    ("sab_audit_like", "audit", "audit: system call filter: the twin's is "
     "not the real one"),
    ("sab_audit_limit", "audit", "audit: process limit: to fork works"),
    ("sab_tool_landlock", "tool", "tool/telegram/[a-z-]+: Landlock: "),
    ("sab_tool_filter", "tool", "tool/telegram/[a-z-]+: system call filter: "),
]


class Family(stubs.family.Family):
    """The real programs, but one parent or libexec of the test's."""
    libexec = None
    program = "/bin/telclauded"
    via = ()

    def start(self, wait=" up in "):
        o = world.obj()
        self.proc = subprocess.Popen(
            [*self.via, o + self.program, "-d", "-f", self.conf, "-L",
             self.libexec or o + "/libexec"], env=self.env,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(self.errors, "a"))
        self.log_wait(wait, 10)
        return self


def twins_left():
    out = []
    for n in os.listdir("/proc"):
        if n.isdigit() and stubs.alive(int(n)) and b"\0selftest\0" in \
                stubs.family._read("/proc/%s/cmdline" % n):
            out.append(n)
    return out


def judge_rows(rows):
    tap.ok([r["name"] for r in rows] == NAMES,
           "a twin of every engine and of a tool of each tier", rows)
    for r in rows:
        tap.ok(r["result"] == "ok" and r["acts"] > 90 and r["us"] > 0,
               "%s: %d acts, none worked" % (r["name"], r["acts"]), r)
        tool = r["name"].startswith("tool/")
        must = {"user", "system call filter", "Landlock", "descriptors",
                "no_new_privs", "base filter"}
        must |= {"process namespace"} if tool else {"process limit"}
        must |= {"firewall"} if r["name"] in NETTED else \
            {"network namespace"}
        must |= {"empty root"} if r["name"] in EMPTY else \
            {"file system view"}
        tap.ok(must <= set(r["layers"]),
               r["name"] + ": each of its layers gave an answer of its own",
               must - set(r["layers"]))


def passes():
    p = Family(stubs.config(), "real").start()
    log = p.log()
    m = re.search(r"selftest: (\d+) twins tried (\d+) acts", log)
    tap.ok(m and int(m.group(1)) == len(NAMES) and int(m.group(2)) > 1500,
           "the start has tried all walls", log)
    tap.ok(m and log.find(" up in ") > m.start(), "and went on afterwards",
           log)
    before = p.pids()
    r = p.ctl("-j", "selftest")
    rows = json.loads(r.stdout) if r.returncode == 0 else []
    tap.ok(r.returncode == 0, "telclaudectl selftest: exit status 0",
           r.stdout + r.stderr)
    judge_rows(rows)
    after = p.pids()
    before.pop("tools")
    after.pop("tools")
    tap.ok(before == after, "the running engines are not disturbed",
           (before, after))
    time.sleep(0.1)
    tap.ok(twins_left() == [], "no twin is left", twins_left())
    r = p.ctl("selftest")
    tap.ok(r.returncode == 0 and all(
        re.search(r"^%s +ok +\d+ " % n, r.stdout, re.M) for n in NAMES),
        "a line a twin, said twice", r.stdout)
    r = p.ctl("status")
    tap.ok("selftest   passed" in r.stdout, "status says when", r.stdout)
    r = p.ctl("-j", "show", "firewall")
    tap.ok(all(c["packets"] == 0 for c in json.loads(r.stdout)
               if c["row"] == "counter"),
           "what twins were denied is not shown as anybody's doing",
           r.stdout)
    return p


def fails_in_service(p):
    """Somebody else's rule goes before ours: it refuses, ours counts not."""
    uid = stubs.UIDS["_tcgate"]
    subprocess.run(["nft", "-f", "-"], input=(
        "table inet stranger { chain out { type filter hook output priority "
        "-300; meta skuid %d meta l4proto tcp reject with tcp reset; }\n}\n" %
        uid), text=True, check=True)
    before = p.pids()
    r = p.ctl("selftest")
    tap.ok(r.returncode == 1 and re.search(
        "gate: firewall: it counted \\d+ of the \\d+ packets", r.stderr),
        "refused by another's rules: exit status 1", r.stdout + r.stderr)
    tap.ok(re.search("^gate +FAILED", r.stdout, re.M) is not None and
           re.search("^relay +ok", r.stdout, re.M) is not None,
           "only gate's line says so", r.stdout)
    tap.ok("error: selftest: gate: firewall" in p.log(), "the log says it")
    r = p.ctl("status")
    tap.ok("degraded   selftest: gate: firewall" in r.stdout, "status too",
           r.stdout)
    audit = ""
    for _ in range(100):
        audit = stubs.family._read(
            world.W + "/state/audit/audit.jsonl").decode() or subprocess.run(
            "cat %s/state/audit/*" % world.W, shell=True, text=True,
            capture_output=True).stdout
        if "selftest_failed" in audit:
            break
        time.sleep(0.02)
    tap.ok("selftest_failed" in audit, "and the audit log", audit[-500:])
    after = p.pids()
    before.pop("tools")
    after.pop("tools")
    tap.ok(before == after, "and everybody runs on")
    subprocess.run(["nft", "delete", "table", "inet", "stranger"], check=True)
    r = p.ctl("selftest")
    tap.ok(r.returncode == 0, "without them it passes again",
           r.stdout + r.stderr)


def stopped(p, words, name):
    over = p.exited(10)
    p.stop()
    tap.ok(over == 1 and
           re.search("error: (selftest: )?" + words, p.log()) is not None and
           " up in " not in p.log(), name, p.log()[-1500:])
    tap.ok(stubs.left() == [] and twins_left() == [] and
           stubs.tables() == [] and not os.path.exists(stubs.SENTINEL),
           "  and nothing is left", stubs.left())


def holed_libexec(program, engine):
    shutil.rmtree(HOLED, ignore_errors=True)
    shutil.copytree(world.obj() + "/libexec", HOLED)
    shutil.copy(world.obj() + "/test/" + program, HOLED + "/" + engine)
    os.chmod(HOLED, 0o755)
    return HOLED


def sabotage():
    # To be found out by the selftest, not by a tool that cannot go there.
    for d in ("/home/ana", "/home/ana/projects"):
        os.chmod(world.W + d, 0o755)
    for layer, who, words in PARENT:
        p = Family(stubs.config(), "hole-%s-%s" % (layer, who),
                   env={"TC_SABOTAGE": layer + ":" + who})
        p.program = "/test/sabparent"
        p.start(wait="stopped")
        stopped(p, words, "%s without %s: no start" % (who, layer))
    for program, engine, words in ENGINE:
        p = Family(stubs.config(), "hole-" + program)
        p.libexec = holed_libexec(program, engine)
        p.start(wait="stopped")
        stopped(p, words, program + ": no start")
    p = Family(stubs.config(), "whole", env={"TC_SABOTAGE": "none:none"})
    p.program = "/test/sabparent"
    p.start()
    tap.ok(" up in " in p.log(), "the same program without a hole starts",
           p.log())
    tap.ok(p.stop() == 0, "and stops")


def without_namespaces():
    """As in a container: walls of other kinds, and each still answers."""
    bare = kernel.no_fallback()
    if bare is not None:
        tap.skip("without CAP_SYS_ADMIN", bare)
        return
    p = Family(stubs.config(), "bare")
    p.via = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child",
             "setpriv", "--bounding-set=-sys_admin"]
    p.start()
    tap.ok("selftest: %d twins" % len(NAMES) in p.log() and
           " up in " in p.log(), "without CAP_SYS_ADMIN it passes as well",
           p.log()[-1500:])
    r = p.ctl("-j", "selftest")
    rows = {x["name"]: set(x["layers"]) for x in json.loads(r.stdout or "[]")}
    tap.ok(r.returncode == 0 and all(
        {"user", "Landlock", "system call filter"} <= rows.get(n, set()) and
        "process namespace" not in rows[n] for n in NAMES[-3:]),
        "tools: by user, Landlock and filter", r.stdout + r.stderr)
    tap.ok(all("firewall" in rows.get(n, ()) and
               "network namespace" not in rows[n] for n in NAMES[:-3]),
           "engines: the firewall stands for each of them", rows)
    p.ctl("stop")
    tap.ok(p.exited(10) == 0, "and it ends", p.log()[-500:])
    if p.proc.poll() is None:
        p.proc.kill()       # and all in it
        p.proc.wait()


def main():
    why = world.missing()
    if why:
        tap.skip_all(why)
    world.enter()
    world.make_tls()
    p = passes()
    if "built without cages" in p.log() or "no cages" in p.log():
        p.stop()
        tap.skip("the selftest", "built without cages")
        return tap.done()
    fails_in_service(p)
    tap.ok(p.stop() == 0, "it stops", p.log())
    without_namespaces()
    sabotage()
    return tap.done()


sys.exit(main())
