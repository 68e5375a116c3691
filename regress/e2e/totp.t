#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The second factor from the QR code to the chat: who is enrolled is asked
# before anything else, whatever happens to the totp engine and its file, and
# nobody but that engine ever holds a secret.
import base64
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import phone
import session
import tap
import world
from family import ADMIN, ANA, BEN, Family, config

tg, api = session.begin()
conf = config(telegram='poll 5s limit 100\n').replace(
    'totp.key"\n', 'totp.key"\n\tsession 3s\n')
fam = Family(conf, "totp").start()
session.polling(tg, fam)
STORE = world.W + "/state/totp/secrets"


def decode(screen):
    """What a camera reads from the half blocks, or None without one."""
    if shutil.which("zbarimg") is None:
        return None
    lines = [re.sub(r"\033\[[0-9;]*m", "", line.rstrip("\r"))
             for line in screen.split("\n")]
    lines = [line for line in lines if line and set(line) <= set("█▀▄ ")]
    px = []
    for line in lines:
        for half in ("█▀", "█▄"):
            px.append("".join((b"\xff" if c in half else b"\0").decode(
                "latin-1") * 4 for c in line) * 1)
    with open(world.W + "/qr.pgm", "wb") as f:
        f.write(b"P5 %d %d 255\n" % (len(px[0]), 4 * len(px)))
        for row in px:
            f.write(row.encode("latin-1") * 4)
    r = subprocess.run(["zbarimg", "-q", "--raw", world.W + "/qr.pgm"],
                       capture_output=True, text=True)
    return r.stdout.strip()


def enrol(who):
    t, uri, phone_ = phone.enrol(who)
    if uri is None:
        tap.ok(False, "enrolment of %s" % who, t.text + fam.log()[-2000:])
        session.finish("totp", tg, api, fam)
    return t, uri, phone_


def say(chat, what, expect, name, timeout=6):
    """The bot's answer that holds this text."""
    s = tg.say(chat, what)
    m = tg.answer(chat, expect, after=s["message_id"], timeout=timeout)
    tap.ok(m, name, lambda: "%s\n%s" % (
        tg.bot_texts(chat, s["message_id"]), fam.log()[-2500:]))
    return s["message_id"]


def turns():
    return len(api.requests("messages"))


def gone(chat, number):
    end = time.time() + 3
    while time.time() < end:
        if any(m["message_id"] == number and m["deleted"]
               for m in tg.chat(chat)["messages"]):
            return True
        time.sleep(0.02)
    return False


# --- enrolment ---------------------------------------------------------------------
t, uri, admin = enrol("admin")
tap.ok(re.fullmatch(r"otpauth://totp/Telclaude:admin\?secret=[A-Z2-7]{32}&"
                    r"issuer=Telclaude&algorithm=SHA1&digits=6&period=30",
                    uri), "the otpauth line, as authenticators read it", uri)
seen = decode(t.text)
if seen is None:
    tap.skip("the QR code is decoded", "no zbarimg")
else:
    tap.ok(seen == uri, "the QR code on the screen is that line", seen)
t.type(admin.wrong())
tap.ok(t.until("wrong code") and t.until("code: "), "a wrong code: once more",
       t.text)
t.type("12345x")
tap.ok(t.until("six digits") and t.until("code: "),
       "not a code: once more", t.text)
code = admin.code()
t.type(code[:3] + " " + code[3:])
rc = t.end()
tap.ok(rc == 0 and "ok: admin now needs a code" in t.text, "the right one, "
       "with the blank that phones show", t.text[-300:])
r = fam.ctl("totp", "enrol", "admin")
tap.ok(r.returncode == 1 and "second factor already" in r.stderr,
       "who has one gets no other", r)
t, _, given_up = enrol(ANA)
for _ in range(3):
    t.type(given_up.wrong())
    t.until("wrong code")
rc = t.end()
tap.ok(rc == 1 and "not enrolled; nothing has changed" in t.text,
       "three wrong codes end it", t.text[-300:])
t, _, ben = enrol(BEN)
t.type(ben.code())
tap.ok(t.end() == 0, "another person is enrolled", t.text[-300:])

# --- the gate -----------------------------------------------------------------------
say(ANA, "good day", "echo: good day", "who has none is not asked, also "
    "after a try that ended")
before = turns()


def jobs():
    return fam.log().count("relay: job")


time.sleep(0.3)
tools = jobs()
say(ADMIN, "first words", "First your second factor", "who has one is asked")
say(ADMIN, "/status", "First your second factor", "for commands too")
say(ADMIN, "second words", "First your second factor", "and again")
n = say(ADMIN, "/verify-2fa " + admin.wrong(), "That code is wrong",
        "a wrong code is said to be")
tap.ok(gone(ADMIN, n), "its message is deleted")
n = say(ADMIN, "/verify-2fa " + code, "used already",
        "the one of the enrolment was used")
tap.ok(gone(ADMIN, n), "its message is deleted too")
say(ADMIN, "/verify-2fa", "six digits", "none at all")
time.sleep(0.3)
tap.ok(turns() == before and tools > 0 and jobs() == tools,
       "until then no request to the model, no tool",
       (turns() - before, tools, jobs()))
good = admin.code()
n = say(ADMIN, "/verify-2fa " + good, "Right.", "the right one opens")
t0 = time.time()
tap.ok(gone(ADMIN, n), "its message is deleted as well")
tap.ok(tg.answer(ADMIN, "echo: second words", after=n),
       "what waited last runs", lambda: tg.bot_texts(ADMIN))
say(ADMIN, "third words", "echo: third words", "the session holds")
tap.ok(turns() == before + 2, "the words before did not run",
       turns() - before)
say(BEN, "and I", "First your second factor", "and is of one person")
time.sleep(max(0, t0 + 3.1 - time.time()))
say(ADMIN, "fourth words", "First your second factor",
    "after `session 3s' it is over")
n = say(ADMIN, admin.code(), "Right.", "six digits alone are a code when one "
        "is asked for")
tap.ok(tg.answer(ADMIN, "echo: fourth words", after=n), "and what waited runs")

# --- nobody else has the secret -----------------------------------------------------
def maps(pid):
    with open("/proc/%d/maps" % pid) as f:
        for line in f:
            a, b = line.split()[0].split("-")
            if line.split()[1][0] == "r" and "[v" not in line:
                yield int(a, 16), int(b, 16)


def holds(pid, *needles):
    """Which of these bytes are in the memory of the process."""
    found = set()
    with open("/proc/%d/mem" % pid, "rb", buffering=0) as f:
        for a, b in maps(pid):
            try:
                f.seek(a)
                data = f.read(b - a) or b""
            except (OSError, ValueError, OverflowError):
                continue
            found |= {n for n in needles if n in data}
    return found


secrets = [p.secret.encode() for p in (admin, ben)]
secrets += [base64.b32decode(s) for s in secrets]
where = {}
family = {k: v for k, v in fam.pids().items() if k != "tools"}
for name, pid in family.items():
    where[name] = holds(pid, *secrets, b"libexec", b"second factor")
tap.ok(all(where.values()), "memory of every process can be looked at",
       where)
leaky = [k for k, v in where.items() if v & set(secrets) and k != "totp"]
tap.ok(len(family) >= 10 and not leaky, "the secrets are in no process but "
       "totp", leaky)
tap.ok(not where.get("totp", set()) & set(secrets[:2]),
       "and there not as text")
texts = secrets + [("verify-2fa " + c).encode()
                                for c in (code, good)]
leaky = []
for top, _, files in os.walk(world.W + "/state"):
    for f in files:
        with open(os.path.join(top, f), "rb") as fd:
            data = fd.read()
        leaky += [(f, x) for x in texts if x in data]
log = fam.log()
leaky += ["log" for s in secrets[:2] if s.decode() in log]
leaky += ["log, a code" for c in (code, good) if re.search(r"\b%s\b" % c, log)]
tap.ok(not leaky, "nor are they, or codes, in any file or the log", leaky)
with open(world.W + "/state/audit/" + next(
        f for f in sorted(os.listdir(world.W + "/state/audit"))
        if "audit" in f or "log" in f)) as f:
    audit = f.read()
tap.ok(audit.count('"totp"') >= 4 and admin.secret not in audit,
       "the audit log has every try", audit[-500:])

# --- without the engine -------------------------------------------------------------
before = turns()
os.kill(fam.pids()["totp"], signal.SIGKILL)
n = say(BEN, "while it is dead", "First your second factor",
        "killed: who is enrolled waits and is asked")
tap.ok(turns() == before, "and nothing ran")
n = say(BEN, "/verify-2fa " + ben.code(), "Right.", "the new one knows him")
tap.ok(tg.answer(BEN, "echo: while it is dead", after=n), "and it ran then")
time.sleep(3.1)
before = turns()
stopped = fam.pids()["totp"]
os.kill(stopped, signal.SIGSTOP)
t0 = time.time()
say(BEN, "while it hangs", "cannot be checked", "hanging: refused, in words",
    timeout=20)
tap.ok(time.time() - t0 < 18 and turns() == before, "and nothing ran",
       (time.time() - t0, turns() - before))
os.kill(stopped, signal.SIGCONT)
say(BEN, "is it back?", "First your second factor", "it goes on, and asks")

# --- restart, and a damaged file ------------------------------------------------------
fam.stop()
with open(STORE, "rb") as f:
    whole = f.read()
tap.ok(not any(s in whole for s in secrets), "the file shows no secret")
tap.ok(os.stat(STORE).st_mode & 0o777 == 0o600, "and is its user's alone")
fam.start()
session.polling(tg, fam)
say(BEN, "after the restart", "First your second factor",
    "a restart of all keeps the second factor")
fam.stop()
for name, at in (("a seal", len(whole) - 5), ("the head", 3)):
    bad = bytearray(whole)
    bad[at] ^= 1
    with open(STORE, "r+b") as f:
        f.write(bad)
    mark = len(fam.log())
    fam.start()
    session.polling(tg, fam)
    before = turns()
    say(BEN, "with a broken file", "cannot be checked",
        "%s damaged: nobody passes" % name)
    n = tg.say(BEN, "/verify-2fa " + ben.at(int(time.time()) // 30))
    tap.ok(tg.answer(BEN, "cannot be checked", after=n["message_id"]),
           "no code is right")
    tap.ok(fam.log_wait("the file of second factors", after=mark) and
           turns() == before, "the log says so, nothing ran",
           fam.log()[mark:])
    r = fam.ctl("totp", "enrol", str(ANA))
    tap.ok(r.returncode == 1 and "cannot read or write its file" in r.stderr,
           "and nobody is enrolled over it", r)
    fam.stop()
    with open(STORE, "rb") as f:
        tap.ok(f.read() == bytes(bad), "the file is left as it is")
with open(STORE, "r+b") as f:
    f.write(whole)
fam.start()
session.polling(tg, fam)

# --- many tries --------------------------------------------------------------------
say(BEN, "with the file put back", "First your second factor",
    "put back, it asks again")
wrong = ben.wrong()
for i in range(5):
    s = tg.say(BEN, "/verify-2fa " + wrong)
    tg.answer(BEN, "code is wrong", after=s["message_id"])
s = tg.say(BEN, "/verify-2fa " + ben.code())
m = tg.answer(BEN, "Too many wrong codes", after=s["message_id"])
tap.ok(m and re.search(r"in (29\d|300) s", m["text"]),
       "after five wrong codes the right one is locked out too",
       lambda: tg.bot_texts(BEN, s["message_id"]))
tap.ok(turns() == before, "and nothing ran")
tap.ok(fam.log_wait("too many wrong codes"), "the log tells of it")
say(ANA, "good night", "echo: good night", "others go on")
session.finish("totp", tg, api, fam)
