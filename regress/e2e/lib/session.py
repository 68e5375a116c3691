# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# What every end-to-end test does first and last: enter a world, start the
# servers, and at the end see that no rule of a server was broken and keep
# the records for the contract test.
import os
import shutil
import subprocess
import sys
import time

import tap
import world

PROJECTS = world.W + "/home/ana/projects"


def begin():
    if os.environ.get("TC_WORLD") is None:
        why = world.missing()
        if why:
            tap.skip_all(why)
    world.enter()
    world.make_tls()
    world.start_dns()
    import fakes
    return fakes.Telegram(), fakes.Anthropic()


def fresh():
    for d in ("state", "run"):
        shutil.rmtree(world.W + "/" + d, ignore_errors=True)


def project(name, text, mode=0o644):
    path = PROJECTS + "/" + name
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)
    os.chown(path, world.OWNER_UID, world.OWNER_UID)
    return path


def polling(tg, fam, timeout=15):
    """The family polls; else its log, and the end of the test."""
    end = time.time() + timeout
    while time.time() < end:
        if tg.wait(0.25, polling=True):
            return
        if fam.proc.poll() is not None:
            break
    tap.ok(False, "the family starts and polls", fam.log()[-6000:])
    sys.exit(tap.done())


def processes():
    """Command lines of everything that runs in this world, by pid."""
    out = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as f:
                line = f.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if line:
            out[int(pid)] = line.strip()
    return out


def nft(*args):
    return subprocess.run(["nft", *args], capture_output=True, text=True)


def left_behind():
    """What of the family is still there, as words; empty is right."""
    left = ["process " + line for line in processes().values()
            if "/libexec/" in line or "telclauded" in line.split(" ")[0] or
            line.split(" ")[0] in ("relay", "agent", "runner", "gate",
                                   "audit", "keeper", "totp", "resolver",
                                   "egress",
                                   "tool")]
    if "table inet telclaude" in nft("list", "tables").stdout:
        left.append("table inet telclaude")
    for f in ("firewall-active", "telclauded.sock", "telclauded.pid"):
        if os.path.lexists(world.W + "/run/" + f):
            left.append("file " + f)
    return left


def finish(name, tg, api, fam=None):
    if fam is not None:
        rc = fam.stop()
        tap.ok(rc == 0, "SIGTERM ends the family with status 0",
               lambda: "status %s\n%s" % (rc, fam.log()[-3000:]))
        left = left_behind()
        tap.ok(not left, "and nothing of it is left", "\n".join(left))
    for fake in (tg, api):
        bad = fake.failures()
        tap.ok(not bad, "no rule of the %s server was broken" % fake.name,
               "\n".join(map(str, bad[:20])))
    keep = world.obj() + "/records"
    os.makedirs(keep, exist_ok=True)
    for fake in (tg, api):
        shutil.copy(fake.log, "%s/%s.%s.log" % (keep, name, fake.name))
    sys.exit(tap.done())
