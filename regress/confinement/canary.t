#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Distinctive secrets, given by file and by environment, looked for as root in
# the command line, environment, memory and descriptors of every process of
# the family while a tool runs and after a reload: each is in its owner, and
# in a sealed file of the parent that the parent has not mapped.
import base64
import fcntl
import os
import pty
import re
import secrets
import select
import string
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE + "/../e2e/lib")
import fakes                                            # noqa: E402
import session                                          # noqa: E402
import tap                                              # noqa: E402
import world                                            # noqa: E402
from fakes import text, tool                            # noqa: E402
from family import ANA, BEN, Family, config, secret, status_of  # noqa: E402

ALPHABET = string.ascii_letters + string.digits


def canary(n):
    return "".join(secrets.choice(ALPHABET) for _ in range(n))


RANDOM = {"bot token": canary(35), "model key": canary(40),
          "totp key": canary(43), "claim word": canary(24)}
FULL = {"bot token": "700100200:" + RANDOM["bot token"],
        "model key": "sk-ant-api03-" + RANDOM["model key"],
        "totp key": RANDOM["totp key"], "claim word": RANDOM["claim word"]}
OWNERS = {"bot token": {"relay"}, "model key": {"gate"},
          "totp key": {"totp"}, "claim word": {"relay"},
          "enrolled secret": {"totp"}}
BYENV = {"bot token": "TELEGRAM_BOT_TOKEN", "model key": "ANTHROPIC_API_KEY",
         "totp key": "TOTP_ENCRYPTION_KEY",
         "claim word": "TELCLAUDE_ADMIN_SECRET"}
GUARDED = b"dd", b"lo"                  # not dumped, locked (smaps)
fakes.TOKEN, fakes.KEY = FULL["bot token"], FULL["model key"]
tg, api = session.begin()
api.rules(
    {"text": "sleep", "reply": [tool("Bash", command="sleep 3009")]},
    {"reply": [text("answered")]})


def forms(raw):
    """The pieces of a secret in which it may lie about."""
    out = {raw[:16], raw[len(raw) // 2 - 8:len(raw) // 2 + 8], raw[-16:],
           raw[:16].hex().encode(), raw[:16].hex().upper().encode(),
           raw[:10].decode("latin-1").encode("utf-16-le"),
           raw[:10].decode("latin-1").encode("utf-16-be"), raw[15::-1]}
    for shift in range(3):
        b = base64.b64encode(b"\0" * shift + raw[:18])
        out.add(b[4:20])
        out.add(base64.urlsafe_b64encode(b"\0" * shift + raw[:18])[4:20])
    return out


needles = {}                            # piece: secret


def look_for(name, raw):
    for piece in forms(raw):
        needles[piece] = name


for name, raw in RANDOM.items():
    look_for(name, raw.encode())


def found(data):
    return {n for piece, n in needles.items() if piece in data}


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return b""


clean = set()                           # parts of files seen to hold nothing


def memory(pid):
    """{secret: [mapping]} of all that the process can read."""
    out = {}
    with open("/proc/%d/maps" % pid) as f:
        maps = [line.split(None, 5) for line in f]
    fd = os.open("/proc/%d/mem" % pid, os.O_RDONLY)
    total = 0
    for m in maps:
        if m[1][0] != "r" or "[v" in m[-1]:
            continue
        key = (m[2], m[3], m[4], m[0]) if m[4] == "0" or "w" in m[1] else \
            (m[2], m[3], m[4])
        if key in clean and m[4] != "0" and "w" not in m[1]:
            continue
        a, b = (int(x, 16) for x in m[0].split("-"))
        data = b""
        while a < b:
            try:
                part = os.pread(fd, min(b - a, 1 << 24), a)
            except OSError:
                break
            if not part:
                break
            data += part
            a += len(part)
        total += len(data)
        here = found(data)
        if not here:
            clean.add(key)
        for n in here:
            out.setdefault(n, []).append(" ".join(m).strip())
    os.close(fd)
    return out, total


F_GET_SEALS, SEALS = 1034, 15           # seal, shrink, grow, write


def descriptors(pid):
    """{secret: [kind]}: what lies behind the open files."""
    out = {}
    for n in os.listdir("/proc/%d/fd" % pid):
        path = "/proc/%d/fd/%s" % (pid, n)
        try:
            name, st = os.readlink(path), os.stat(path)
        except OSError:
            continue
        if st.st_mode & 0o170000 != 0o100000:
            continue
        for s in found(read(path)):
            with open(path, "rb") as f:
                try:
                    sealed = fcntl.fcntl(f, F_GET_SEALS) == SEALS
                except OSError:
                    sealed = False
            out.setdefault(s, []).append(
                "sealed" if sealed and name.startswith("/memfd:") else name)
    return out


def everybody(fam):
    """{name: pid} of the family, with what its tools started."""
    seen = {k: v for k, v in fam.pids().items() if k != "tools"}
    above = {}
    for n in filter(str.isdigit, os.listdir("/proc")):
        st = read("/proc/%s/stat" % n).rpartition(b") ")[2].split()
        if st:
            above[int(n)] = int(st[1])
    known = set(seen.values())
    own = read("/proc/%d/cmdline" % fam.proc.pid)
    for pid in sorted(above):
        up = pid
        while up in above and up not in (0, 1, fam.proc.pid):
            up = above[up]
        if up == fam.proc.pid and pid not in known:
            # The maker of tools is the parent's child and shares its table.
            kind = "maker" if read("/proc/%d/cmdline" % pid) == own else "tool"
            seen["%s %d" % (kind, pid)] = pid
    return seen


def smaps_flags(pid, mapping):
    at = read("/proc/%d/smaps" % pid).split(mapping.split()[0].encode())[-1]
    return re.search(rb"VmFlags:(.*)", at).group(1).split()


def scan(fam, when, tools):
    who = everybody(fam)
    bad, sizes, owned = [], {}, {}
    for name, pid in list(who.items()):
        for f in ("cmdline", "environ", "comm", "stat"):
            bad += ["%s: %s in %s" % (name, s, f)
                    for s in found(read("/proc/%d/%s" % (pid, f)))]
        try:
            held, sizes[name] = memory(pid)
            behind = descriptors(pid)
        except (FileNotFoundError, ProcessLookupError):
            if not name.startswith(("tool", "maker")):
                raise
            del who[name]               # its call, or its wait, is over
            sizes.pop(name, None)
            continue
        for s, where in held.items():
            if name in OWNERS[s]:
                owned[s] = (name, pid, where)
            else:
                bad.append("%s: %s in memory: %s" % (name, s, where))
        for s, kinds in behind.items():
            if not name.startswith(("parent", "maker")) or \
                    set(kinds) != {"sealed"}:
                bad.append("%s: %s behind %s" % (name, s, kinds))
    tap.ok(not bad and all(sizes.values()) and
           sum(k.startswith("tool") for k in who) >= tools,
           "%s: each secret is in its owner alone (%d processes, %d MB)" %
           (when, len(who), sum(sizes.values()) >> 20),
           "\n".join(bad + [str(sizes)]))
    return owned


def guarded(owned, when):
    for s, (name, pid, where) in sorted(owned.items()):
        locked = [m for m in where
                  if set(GUARDED) <= set(smaps_flags(pid, m))]
        tap.ok(locked and int(status_of(pid)["VmLck"].split()[0]) > 0,
               "%s: the %s lies in locked memory that is not dumped" %
               (when, s), where)


def undumped(fam, when):
    """As root, but without the capability to look at whoever it likes."""
    bad = []
    for name, pid in everybody(fam).items():
        lim = re.search(r"Max core file size\s+(\S+)\s+(\S+)",
                        read("/proc/%d/limits" % pid).decode())
        if lim is None and name.startswith("tool"):
            continue
        if name.startswith("tool"):
            if lim.groups() != ("0", "0"):
                bad.append("%s: %s" % (name, lim.group(0)))
            continue
        uid = status_of(pid)["Uid"].split()[0]
        r = subprocess.run(["setpriv", "--reuid", uid,
                            "--bounding-set=-sys_ptrace", "sh", "-c",
                            ": < /proc/%d/mem" % pid], capture_output=True)
        if r.returncode == 0 or lim.groups() != ("0", "0"):
            bad.append("%s: dumpable %s, %s" % (name, not r.returncode,
                                                lim.group(0)))
    plain = subprocess.Popen(["setpriv", "--bounding-set=-sys_ptrace",
                              "sleep", "60"])
    end = time.time() + 5
    while read("/proc/%d/comm" % plain.pid) != b"sleep\n" and \
            time.time() < end:
        time.sleep(0.01)
    r = subprocess.run(["setpriv", "--bounding-set=-sys_ptrace", "sh", "-c",
                        ": < /proc/%d/mem" % plain.pid], capture_output=True)
    plain.kill()
    plain.wait()
    tap.ok(not bad and r.returncode == 0,
           when + ": none leaves a core or can be looked into by its user",
           "\n".join(bad + [str(r)]))


def on_disk(fam, when):
    bad = []
    for top in ("/state", "/run"):
        for d, _, files in os.walk(world.W + top):
            for f in files:
                bad += ["%s in %s/%s" % (s, d, f)
                        for s in found(read(os.path.join(d, f)))]
    bad += ["%s in the log" % s for s in found(read(fam.errors))]
    n = sum(len(files) for _, _, files in os.walk(world.W + "/state"))
    tap.ok(not bad and n >= 4, "%s: none in the log, the audit file, the "
           "databases and the rest of the state (%d files)" % (when, n),
           "\n".join(bad))


def enrol(fam, who):
    """As a person does it; the secret as it is shown."""
    fd, slave = pty.openpty()
    p = subprocess.Popen([world.obj() + "/bin/telclaudectl", "-s",
                          world.W + "/run/telclauded.sock", "totp", "enrol",
                          str(who)], stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    seen, end = "", time.time() + 10
    while "code: " not in seen and time.time() < end and \
            select.select([fd], [], [], 1)[0]:
        try:
            seen += os.read(fd, 65536).decode(errors="replace")
        except OSError:
            break
    m = re.search(r"secret=([A-Z2-7]+)", seen)
    if not m:
        tap.ok(False, "enrolment", seen + fam.log()[-2000:])
        return None
    code = subprocess.run(["oathtool", "--totp", "-b", m.group(1)],
                          capture_output=True, text=True).stdout
    os.write(fd, code.encode())
    p.wait(10)
    os.close(fd)
    tap.ok(p.returncode == 0, "a second factor is enrolled", seen)
    return m.group(1)


def given(how):
    """Configuration and environment that give the secrets so."""
    conf = config(telegram="claim secret file \"%s\"" % secret(
        "claim", FULL["claim word"]))
    secret("totp.key", FULL["totp key"])
    env = {}
    if how == "environment":
        for name, var in BYENV.items():
            f = {"bot token": "bot.token", "model key": "api.key",
                 "totp key": "totp.key", "claim word": "claim"}[name]
            conf = conf.replace('file "%s/%s"' % (world.W, f),
                                'env "%s"' % var)
            env[var] = FULL[name]
    return conf, env


def turn(fam, words, answer):
    s = tg.say(BEN, words)
    return tg.answer(BEN, answer, after=s["message_id"], timeout=20)


def tool_runs():
    end = time.time() + 15
    while time.time() < end:
        if any(line.startswith("sleep 3009")
               for line in session.processes().values()):
            return True
        time.sleep(0.02)
    return False


def run(how):
    session.fresh()
    conf, env = given(how)
    fam = Family(conf, "canary-" + how, env).start()
    session.polling(tg, fam)
    shown = enrol(fam, ANA)
    if shown:
        look_for("enrolled secret", base64.b32decode(shown))
        look_for("enrolled secret", shown.encode())
        clean.clear()
    tap.ok(turn(fam, "good morning", "answered"), how + ": a turn",
           lambda: fam.log()[-3000:])
    tg.say(BEN, "sleep")
    tap.ok(tool_runs(), how + ": a tool runs", lambda: fam.log()[-3000:])
    owned = scan(fam, how + ", while it runs", 2)
    # What is left of the totp key is what the file's key is made of.
    tap.ok({"bot token", "model key", "enrolled secret"} <= set(owned),
           how + ": the search finds what there is", owned)
    guarded(owned, how)
    undumped(fam, how)
    tg.say(BEN, "/stop")
    if how == "file":
        mark = len(fam.log())
        fam.reload()
        tap.ok(fam.log_wait("is in force", 10, mark), "a reload",
               lambda: fam.log()[mark:])
        tap.ok(turn(fam, "good evening", "answered"), "a turn after it",
               lambda: fam.log()[-3000:])
        scan(fam, "after the reload", 0)
    on_disk(fam, how)
    return fam


if not os.path.exists("/usr/bin/oathtool"):
    tap.skip_all("needs oathtool")
run("file").stop()
last = run("environment")
session.finish("canary", tg, api, last)
