#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Every sentence of telclaudectl against the running family: what is printed,
# with which exit status, under which names (those of the manual page).
import base64
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import phone
import session
import tap
import world
from fakes import TOKEN, text, tool
from family import ANA, BEN, Family, config, status_of

tg, api = session.begin()
api.rules({"text": "sleep", "reply": [tool("Bash", command="sleep 30")]},
          {"text": "sleep", "result": "", "reply": [text("Awake.")]})
fam = Family(config(top='control group "telclaude"\n'), "ctl").start()
session.polling(tg, fam)
SOCK = world.W + "/run/telclauded.sock"
CTL = world.obj() + "/bin/telclaudectl"


def expect(rc, words, name, out="", err=""):
    """The sentence ends with rc and says both texts (expressions)."""
    r = fam.ctl(*words)
    tap.ok(r.returncode == rc and re.search(out, r.stdout) and
           re.search(err, r.stderr), name,
           lambda: "%s: status %d\n%s%s\n%s" % (
               words, r.returncode, r.stdout, r.stderr, fam.log()[-1500:]))
    return r


def until(rc, text, name, timeout=8):
    """status comes to this exit status with this text."""
    end = time.time() + timeout
    while True:
        r = fam.ctl("status")
        if r.returncode == rc and text in r.stdout:
            return tap.ok(True, name)
        if time.time() > end:
            return tap.ok(False, name, lambda: "status %d\n%s%s\n%s" % (
                r.returncode, r.stdout, r.stderr, fam.log()[-1500:]))
        time.sleep(0.05)


def manual():
    """{(sentence, part): names} as telclaudectl.8 has them."""
    out, at, part = {}, None, None
    for line in open(world.TOP + "/man/telclaudectl.8"):
        if line.startswith((".It Cm ", ".Sh ")):
            at, part = line[7:].strip(), None
        elif line.startswith(".It Va "):
            part = line[7:].strip()
        elif line.startswith(".El"):
            part = None
        elif line.startswith(".Va ") and "_ms\n" != line[4:]:
            out.setdefault((at, part), set()).update(
                w for w in line[4:].split() if re.fullmatch(r"\w+", w))
    return out


MAN = manual()


def rows(what):
    r = fam.ctl("-j", "show", what)
    try:
        return json.loads(r.stdout) if r.returncode == 0 else []
    except ValueError:
        return []


def names(what, found):
    """What is there is what the manual names, all of it, no other."""
    want = MAN.get(("show " + what, None), set())
    have = set().union(*(set(o) for o in found)) if found else set()
    tap.ok(want and have == want, "show %s: the fields of the manual" % what,
           "missing %s, not in the manual %s" % (want - have, have - want))


# --- status --------------------------------------------------------------------
s = tg.say(ANA, "hello")
tg.answer(ANA, "echo: hello", after=s["message_id"])
tg.say(5555, "let me in", name="Eve")
fam.log_wait("allow chat 5555")
until(0, "1 refused", "status: exit 0 when all is well")
r = fam.ctl("status")
for expr in (
        r"^telclauded 0\.\d+ up \d+s, profile simple, /\S+/ctl\.conf loaded "
        r"\d\d:\d\d:\d\d \(unchanged on disk\)$",
        r"^telegram   @fake_tc_bot, polling, last poll answered \d+s ago, "
        r"3 chats listed, \d queued, 1 refused \(5555, \d+s ago\)$",
        r"^anthropic  key, last request 200 \d+s ago, today \d+ tokens "
        r"0\.\d\d usd$",
        r"^firewall   on, owned, sentinel present, \d engines? with pinned "
        r"names; denied: ",
        r"^sandbox    namespaces (yes|NO).*Landlock \d+, seccomp yes, ",
        r"^PROCESS +PID USER +UP +CAPS SECCOMP NNP NETNS +PSS RESTARTS",
        r"^parent +\d+ root +\d+s +\d+ - +yes host +\d\.\dM +0 running$",
        r"^relay +\d+ _tcrelay +\d+s +0 filter +yes host ",
        r"^agent/telegram +\d+ _tctgagent +\d+s +0 filter +yes empty "):
    tap.ok(re.search(expr, r.stdout, re.M), "status: " + expr[1:30].strip(),
           r.stdout)
st = json.loads(fam.ctl("-j", "status").stdout)
tap.ok(set(st) == {"daemon", "telegram", "anthropic", "firewall", "sandbox",
                   "engines", "exit"} and st["exit"] == 0,
       "-j status: the objects of the manual", list(st))
for part in ("daemon", "telegram", "anthropic", "firewall", "sandbox"):
    want = MAN.get(("status", part), set()) | {"row"}
    tap.ok(set(st[part]) == want and len(want) > 4,
           "-j status: the fields of %s" % part, "%s, the manual %s" % (
               sorted(st[part]), sorted(want)))
bad = []
for o in st["engines"]:
    k = status_of(o["pid"])
    if int(k["Uid"].split()[0]) != o["uid"] or \
            (o["seccomp"] == "filter") != (k["Seccomp"] == "2") or \
            bin(int(k["CapEff"], 16) | int(k["CapPrm"], 16)).count("1") != \
            o["caps"] or o["nnp"] != (k["NoNewPrivs"] == "1"):
        bad.append((o, k))
tap.ok(len(st["engines"]) == 10 and not bad, "and they are the kernel's", bad)

# --- show ------------------------------------------------------------------------
s = tg.say(ANA, "sleep")
for _ in range(250):
    if any(line.endswith("sleep 30")
           for line in session.processes().values()):
        break
    time.sleep(0.02)
tg.say(ANA, "and then this")
tg.fault(match="sendMessage", do="status", status=429, retry_after=2, count=3)
tg.say(BEN, "an answer that must wait")
end = time.time() + 5
while time.time() < end and len({o["direction"] for o in rows(
        "messages")}) < 2:
    time.sleep(0.02)
engines, out = rows("engines"), rows("messages")
names("engines", engines)
tap.ok(all(set(o) == MAN[("show engines", None)] for o in engines[1:]) and
       MAN[("show engines", None)] - set(engines[0]) == {"root", "ns", "last"},
       "show engines: every process has all of them, the parent three less")
FW_ROWS = {"counter": {"row", "name", "packets", "bytes"},
           "name": {"row", "engine", "scope", "name", "port", "addresses",
                    "left_s", "asked"}}
fw = rows("firewall")
tap.ok(fw and set(fw[0]) == MAN[("status", "firewall")] | {"row"} and
       all(set(o) == FW_ROWS[o["row"]] for o in fw[1:]) and
       [o["row"] for o in fw].count("counter") == 10,
       "show firewall: the fields of the manual", fw[:2])
names("sessions", rows("sessions"))
names("queue", rows("queue"))
names("messages", out)
tap.ok("wait" not in json.dumps(out) and "and then" not in json.dumps(out),
       "and no text of anybody", out)
for what, head, row in (
        ("engines", "PROCESS", r"^audit +\d+ _tcaudit "),
        ("firewall", "DENIED TO", r"^tool_telegram +\d+ +\d+$"),
        ("sessions", "CHAT", r"^ +%d +- +\d+ +\S+ +1 no +write-local +\S+ "
         r"running a tool$" % ANA),
        ("queue", "TURN", r"^ *\d+ +%d +- +1 +%d +13 +\S+ no$" % (ANA, ANA)),
        ("messages", "WAY", r"^out +%d .* send +\d+ \w+$" % BEN)):
    r = fam.ctl("show", what)
    tap.ok(r.returncode == 0 and head in r.stdout and
           re.search(row, r.stdout, re.M), "show %s, as a table" % what,
           r.stdout + r.stderr)
    tap.ok(not any(line != line.rstrip() for line in r.stdout.splitlines()),
           "no blanks at the ends of its lines", r.stdout)
tg.post("/faults/clear")
tg.say(ANA, "/stop")
tap.ok(tg.answer(BEN, "an answer that must", timeout=8), "and it came")

# --- people, money, walls -----------------------------------------------------------
def fields(words, sentence, want=None, less=()):
    """-j of it is a list of objects with the names of the manual."""
    r = fam.ctl("-j", *words)
    try:
        found = json.loads(r.stdout)
    except ValueError:
        found = []
    have = set().union(*(set(o) for o in found))
    want = (want or MAN.get((sentence, None), set())) - set(less)
    tap.ok(have == want and want, "-j %s: the fields of the manual" %
           " ".join(words), (r.stdout + r.stderr, sorted(want)))
    return found


def done(words, name, id=None):
    """-j of it is one row that says what was done, and to whom."""
    r = fam.ctl("-j", *words)
    try:
        o = json.loads(r.stdout)[0]
    except ValueError:
        o = {}
    tap.ok(r.returncode == 0 and o.get("row") == "done" and o.get("said") and
           o.get("id") == id, "-j %s: %s" % (words[0], name), r)


fields(("limits",), "limits")
fields(("usage", "1"), "usage Op Ar days")
fields(("selftest",), "selftest")
fields(("firewall", "test", "pypi.org", "443", "telegram"),
       "firewall test Ar name port scope", less=("address", "refused"))
expect(1, ["firewall", "test", "pypi.org", "443", "telegram"],
       "a name that is allowed and nowhere", out="denied.*no address of it")
fields(("link", "ana"), "link Ar name")
done(("ban", "31337", "noise"), "one row", 31337)
fields(("bans",), "bans")
done(("unban", "31337"), "one row", 31337)
done(("send", str(BEN), "from the console"), "one row", BEN)
tap.ok(tg.answer(BEN, "from the console"), "and it is sent")
code = fields(("link", "ben"), "link Ar name")[0]["code"]
s = tg.say(BEN, "/link " + code)
tap.ok(tg.answer(BEN, "You are", after=s["message_id"]), "a link is made")
fields(("links",), "links")
done(("unlink", str(BEN)), "one row", BEN)
done(("force-reauth", str(BEN)), "one row", BEN)

p = subprocess.Popen([world.obj() + "/bin/telclaudectl", "-s",
                      world.W + "/run/telclauded.sock", "-j", "totp", "enrol",
                      "4711"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE, text=True)
o = json.loads(p.stdout.readline() or "{}")
tap.ok(set(o) == {"row", "user", "uri"} and o["row"] == "secret" and
       o["user"] == "4711", "-j totp enrol: the secret as an object", o)
its = phone.Phone(re.search("secret=([A-Z2-7]+)", o.get("uri", "")).group(1))
out, err = p.communicate(its.code() + "\n")
o = json.loads(out or "{}")
tap.ok(p.returncode == 0 and o.get("row") == "done" and "/verify_2fa" in
       o.get("said", "") and not err, "and a second when its code is typed",
       (out, err))
r = fam.ctl("-j", "backup")
names_of = {o.get("file") for o in json.loads(r.stdout or "[{}]")}
tap.ok(r.returncode == 0 and len(names_of) == 1 and
       os.path.exists(names_of.pop() or ""),
       "-j backup: the name of the file", r)
r = fam.ctl("-j", "audit", "key")
tap.ok(set(json.loads(r.stdout or "{}")) == {"key", "retired"},
       "-j audit key", r)
r = fam.ctl("-j", "unlink", "31338")
tap.ok(r.returncode == 1 and r.stdout == "" and r.stderr,
       "-j of what fails: nothing but the error", r)
fields(("show", "totp"), "show totp", less=("number",))
done(("totp", "remove", "4711"), "one row", "4711")

# --- words -------------------------------------------------------------------------
expect(0, ["show", "e"], "abbreviated", out="PROCESS")
expect(0, ["s", "e"], "both words", out="PROCESS")
expect(0, ["sta"], "to what is unambiguous", out="^telclauded ")
expect(64, ["s"], "ambiguous: 64, with what it may be",
       err=r"ambiguous\n(.*\n)*  status")
expect(64, ["st"], "status or stop", err="status(.*\n)*  stop")
expect(64, ["show"], "too few words", err="more words(.*\n)*  show queue")
expect(64, ["show", "nothing"], "a wrong second word", err="no such command")
expect(64, ["frobnicate"], "a wrong word", err="no such command\ncommands:")
expect(64, ["status", "now"], "too many words", err="wrong number")
expect(64, ["log"], "too few arguments", err="wrong number")
expect(64, [], "no word", err="^usage: telclaudectl ")
expect(64, [""], "an empty word", err="no such command")
expect(64, ["show", ""], "an empty second word", err="no such command")
expect(64, ["-x", "status"], "a wrong option", err="usage:")
expect(0, ["-V"], "-V", out=r"^telclaudectl \d+\.\d+\n$")
r = subprocess.run([CTL, "-s", "/" + "x" * 200, "status"], text=True,
                   capture_output=True)
tap.ok(r.returncode == 1 and "too long" in r.stderr, "a socket's name that "
       "is too long", r)

# --- log, reload ---------------------------------------------------------------------
expect(64, ["log", "loud"], "log: no such level", err="debug, info, warn")
expect(0, ["log", "error"], "log error")
mark = len(fam.log())
tg.say(6666, "hush")
time.sleep(0.3)
tap.ok(fam.log()[mark:] == "", "and engines fall silent",
       lambda: fam.log()[mark:])
expect(0, ["log", "debug"], "log debug")
done(("log", "debug"), "one row")
before = {k: v for k, v in fam.pids().items() if k != "tools"}
good = config(top='control group "telclaude"\n', chats=(ANA,))
fam.write(good)
until(0, "changed on disk since", "status sees that the file has changed")
expect(0, ["reload"], "reload", out="reloaded")
until(0, "1 chat listed", "and it is in force")
fam.write(good.replace("tier write-local user any", "tier wide-open user 7x"))
expect(1, ["reload"], "reload of a file with an error: 1, with its place",
       err=r"ctl\.conf:\d+")
fam.write("")
expect(1, ["reload"], "reload of an empty one", err=r"telclaudectl: \S")
until(0, "1 chat listed", "what was in force is in force")
fam.write(good)
expect(0, ["rel"], "and a good one again")
done(("reload",), "one row")
tap.ok(before == {k: v for k, v in fam.pids().items() if k != "tools"},
       "without one new process", before)

# --- degraded -----------------------------------------------------------------------
os.kill(fam.pids()["resolver"], signal.SIGSTOP)
until(1, "degraded   resolver is stopped by a signal", "an engine stopped: 1")
st = json.loads(fam.ctl("-j", "status").stdout)
tap.ok(st["exit"] == 1 and len(st["daemon"]["degraded"]) == 1,
       "-j says so too", st["daemon"])
os.kill(fam.pids()["resolver"], signal.SIGCONT)
until(0, "", "it goes on: 0")
os.kill(fam.pids()["audit"], signal.SIGKILL)
until(1, "degraded   audit is not running", "an engine killed: 1")
until(0, "", "it is back: 0")
os.kill(fam.pids()["audit"], signal.SIGKILL)
until(1, "degraded   audit is not running", "killed again: 1")
tg.fault(match="getUpdates", do="status", status=409, count=4)
tg.say(ANA, "hello")            # ends the poll that waits
until(1, "degraded   telegram: conflict", "another program polls: 1")
tap.ok("conflict, " in fam.ctl("status").stdout, "and the line on Telegram")
tg.post("/faults/clear")
until(0, "", "it gave up: 0", timeout=12)
r = session.nft("delete", "table", "inet", "telclaude")
tap.ok(r.returncode != 0, "the table is owned: nobody deletes it", r)
until(0, "firewall   on, owned", "and it is there: 0")
tg.post("/token", {"token": TOKEN, "revoked": True})
tg.say(ANA, "hello")
until(1, "degraded   Telegram refuses the bot token", "a token revoked: 1")
tg.post("/token", {"token": TOKEN, "revoked": False})
expect(0, ["reload"], "valid again, and reload")
until(0, "polling", "all is well")

api.fault(match="messages", do="status", status=401, count=1)
tg.say(ANA, "hello")
until(1, "degraded   Anthropic refuses the key", "a key refused: 1")
expect(0, ["reload"], "reload")
until(0, "nothing asked yet", "what the old key was told is forgotten: 0")

# --- who may ------------------------------------------------------------------------
def as_user(gid, *words):
    return subprocess.run(
        ["setpriv", "--reuid", "60200", "--regid", str(gid),
         "--clear-groups", CTL, "-s", SOCK, *words],
        capture_output=True, text=True, timeout=20)


r = as_user(60200, "status")
tap.ok(r.returncode == 1 and r.stdout == "" and
       "permission denied: be root, or in the group" in r.stderr,
       "another user is refused, and told who may", r)
r = as_user(60100, "status")
tap.ok(r.returncode == 0 and "telclauded 0." in r.stdout,
       "one of the control group may", r)
r = as_user(60100, "show", "messages")
tap.ok(r.returncode == 0, "also what the relay knows", r)

# --- stop, down ---------------------------------------------------------------------
t0 = time.time()
expect(0, ["stop"], "stop", out="stopping")
rc = fam.exited(10)
tap.ok(rc == 0, "and the family ends with 0", (rc, fam.log()[-1500:]))
left = session.left_behind()
tap.ok(not left, "nothing of it is left", left)
expect(2, ["status"], "status: 2 when it is down",
       err="telclauded is not running")
r = expect(2, ["-j", "status"], "-j status: 2", out='{"exit": 2}')
for words in (["show", "queue"], ["reload"], ["stop"], ["log", "warn"],
              ["totp", "enrol", "admin"]):
    expect(2, words, "%s: 2" % words[0], err="is not running")

# --- convert, keygen: no daemon needed -------------------------------------------------
def ctl_in(data, *words):
    return subprocess.run([CTL, "-s", SOCK, *words], input=data,
                          capture_output=True, text=True, timeout=20)


seed = world.TOP + "/regress/config/seed.json"
r = ctl_in("", "convert", seed)
tap.ok(r.returncode == 0 and "allow chat { 123456789 }" in r.stdout and
       "tier read-only" in r.stdout, "convert of a file", r)
from_file = r.stdout
r = ctl_in(open(seed).read(), "convert", "-")
tap.ok(r.returncode == 0 and r.stdout.replace("-", "") ==
       from_file.replace(seed, "").replace("-", ""), "of standard input", r)
full = world.TOP + "/regress/config/full.json"
r = ctl_in("", "convert", full)
tap.ok(r.returncode == 0 and r.stdout and full in r.stderr,
       "each key without a meaning here is named on standard error", r)
for name, data in (("no JSON", "{\"telegram\":"), ("nothing", ""),
                   ("an array", "[1]"), ("zeros", "\0" * 100),
                   ("too much", "{\"a\":\"%s\"}" % ("x" * (1 << 20))),
                   ("a wrong type", "{\"telegram\": 7}")):
    r = ctl_in(data, "convert", "-")
    tap.ok(r.returncode == 1 and r.stderr.strip() and r.stdout == "",
           "convert of %s: 1, and why" % name, r)
for path in ("/nonexistent.json", "/"):
    r = ctl_in("", "convert", path)
    tap.ok(r.returncode == 1 and path + ": " in r.stderr,
           "convert of %s: 1, and why" % path, r)


def openssl(*args, data=b""):
    return subprocess.run(["openssl", *args], input=data,
                          capture_output=True)


def pair(lines, who):
    """The halves belong together: one signs what the other verifies."""
    d = world.W + "/"
    for half in ("PRIVATE", "PUBLIC"):
        with open(d + half, "wb") as f:
            f.write(base64.b64decode(lines["%s_%s_KEY" % (who, half)],
                                     validate=True))
    with open(d + "said", "w") as f:
        f.write("what is signed")
    steps = (
        ("pkey", "-inform", "DER", "-in", d + "PRIVATE", "-noout"),
        ("pkey", "-pubin", "-inform", "DER", "-in", d + "PUBLIC", "-noout"),
        ("pkeyutl", "-sign", "-keyform", "DER", "-inkey", d + "PRIVATE",
         "-rawin", "-in", d + "said", "-out", d + "sig"),
        ("pkeyutl", "-verify", "-keyform", "DER", "-pubin", "-inkey",
         d + "PUBLIC", "-rawin", "-in", d + "said", "-sigfile", d + "sig"))
    for step in steps:
        r = openssl(*step)
        if r.returncode != 0:
            return r
    kind = openssl("pkey", "-inform", "DER", "-in", d + "PRIVATE", "-noout",
                   "-text").stdout
    return None if kind.startswith(b"ED25519 Private-Key") else kind


seen = set()
r = ctl_in("", "-j", "keygen", "telegram")
o = json.loads(r.stdout)[0] if r.returncode == 0 else {}
tap.ok(o.pop("row", "") == "keys" and pair(o, "TELEGRAM_RPC_AGENT") is None
       and pair(o, "TELEGRAM_RPC_RELAY") is None and len(o) == 4,
       "-j keygen: the four lines as an object", r)
for scope in ("telegram", "moltbook"):
    r = ctl_in("", "keygen", scope)
    lines = dict(line.split("=", 1) for line in r.stdout.splitlines())
    tap.ok(r.returncode == 0 and len(r.stdout.splitlines()) == 4 and
           list(lines) == ["%s_RPC_%s_%s_KEY" % (scope.upper(), who, half)
                           for who in ("AGENT", "RELAY")
                           for half in ("PRIVATE", "PUBLIC")],
           "keygen %s: four lines of the names that are known" % scope, r)
    for who in ("AGENT", "RELAY"):
        bad = pair(lines, "%s_RPC_%s" % (scope.upper(), who))
        tap.ok(bad is None, "the pair of the %s: openssl signs with the one "
               "and verifies with the other" % who.lower(), bad)
    seen |= set(lines.values())
tap.ok(len(seen) == 8, "no two keys are the same")
expect(64, ["keygen", "other"], "keygen of another: 64",
       err="telegram or moltbook")
session.finish("ctl", tg, api)
