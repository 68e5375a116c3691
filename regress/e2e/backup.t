#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# A backup made while a chat goes on, looked at, attacked, and put back: into
# an empty place, where the same conversation, second factors and memory are
# found again, and nothing is said or run a second time.
import hashlib
import io
import json
import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import fakes
import phone
import session
import tap
import world
from family import ADMIN, ANA, BEN, Family, config

tg, api = session.begin()
api.rules({"text": "sleep", "reply": [fakes.tool("Bash",
                                                 command="sleep 60")]},
          {"text": "sleep", "result": "", "reply": [fakes.text("Awake.")]})
STATE = world.W + "/state"
W = world.W
conf = config(telegram='poll 5s limit 100\n',
              top='control group "telclaude"\nkeep backups 2\n')
fam = Family(conf, "backup").start()
session.polling(tg, fam)
CTL = world.obj() + "/bin/telclaudectl"


def ctl(*words, **kw):
    return subprocess.run([CTL, "-s", W + "/run/telclauded.sock", "-f",
                           fam.conf, *words], capture_output=True, text=True,
                          timeout=60, **kw)


def said(r):
    return "status %d\n%s%s\n%s" % (r.returncode, r.stdout, r.stderr,
                                    fam.log()[-2500:])


def expect(rc, words, name, text="", **kw):
    r = ctl(*words, **kw)
    tap.ok(r.returncode == rc and text in r.stdout + r.stderr, name,
           lambda: said(r))
    return r


def say(chat, what, answer, name):
    s = tg.say(chat, what)
    m = tg.answer(chat, answer, after=s["message_id"])
    tap.ok(m, name, lambda: "%s\n%s" % (
        tg.bot_texts(chat, s["message_id"]), fam.log()[-2500:]))
    return s["message_id"]


# --- something to keep ------------------------------------------------------
admin = phone.enrolled("admin")
say(ANA, "remember the colour mauve", "echo: remember", "a conversation")
n = say(ADMIN, "my own words", "First your second factor", "the gate")
say(ADMIN, "000000", "", "a wrong code is counted")
say(ADMIN, admin.code(), "Right.", "opens")
tap.ok(tg.answer(ADMIN, "echo: my own words", after=n), "for the admin")

# --- what the reference knew ------------------------------------------------
old = sqlite3.connect(W + "/telclaude.db")
old.executescript("""
PRAGMA journal_mode=WAL;
CREATE TABLE identity_links(chat_id INTEGER PRIMARY KEY, local_user_id TEXT,
  linked_at INTEGER, linked_by TEXT);
CREATE TABLE banned_chats(chat_id INTEGER PRIMARY KEY, banned_at INTEGER,
  banned_by TEXT, reason TEXT);
CREATE TABLE memory_entries(id TEXT PRIMARY KEY, category TEXT, content TEXT,
  source TEXT, trust TEXT, created_at INTEGER, promoted_at INTEGER,
  promoted_by TEXT, posted_at INTEGER, chat_id TEXT);
INSERT INTO identity_links VALUES(1002,'ben',1700000000000,'tg:999');
INSERT INTO identity_links VALUES(-5,'a group','x',NULL);
INSERT INTO banned_chats VALUES(666,1700000000000,'tg:999','spam');
INSERT INTO memory_entries VALUES('m1','profile','likes mauve','telegram',
  'trusted',1700000000000,NULL,NULL,NULL,'tg:1001');
INSERT INTO memory_entries VALUES('m2','posts','a thought','telegram',
  'quarantined',1700000000001,NULL,NULL,NULL,NULL);
INSERT INTO memory_entries VALUES('bad1','nonsense','x','telegram','trusted',
  1,NULL,NULL,NULL,NULL);
INSERT INTO memory_entries VALUES('bad2','profile','%s','telegram','trusted',
  1,NULL,NULL,NULL,NULL);
INSERT INTO memory_entries VALUES('bad' || char(27) || '3','profile','y',
  'telegram','trusted',1,NULL,NULL,NULL,NULL);
""" % ("z" * 501))
expect(1, ["import", W + "/telclaude.db"],
       "a database that is being written to is not read", "-wal is there")
old.close()
with open(W + "/telclaude.db", "rb") as f:
    before = f.read()
r = expect(0, ["import", W + "/telclaude.db"], "the reference's database is "
           "imported", "memory_entries   2 added, 0 were there, 3 skipped")
tap.ok("identity_links   1 added, 0 were there, 1 skipped" in r.stdout and
       "banned_chats     1 added" in r.stdout and
       "identity_links -5: skipped: a group" in r.stderr,
       "links and bans too", lambda: said(r))
tap.ok("memory_entries bad1: skipped: an unknown category" in r.stderr and
       "memory_entries bad2: skipped: its text" in r.stderr and
       "bad\\x1b3" in r.stderr and "\033" not in r.stderr,
       "what is left out is named, with the reason, safely", r.stderr)
r = ctl("-j", "import", W + "/telclaude.db")
rows = {x["table"]: x for x in json.loads(r.stdout or "[]")}
tap.ok([(rows.get(t, {}).get("added"), rows.get(t, {}).get("there"))
        for t in ("identity_links", "banned_chats", "memory_entries")] ==
       [(0, 1), (0, 1), (0, 2)],
       "a second import changes nothing", lambda: said(r))
with open(W + "/telclaude.db", "rb") as f:
    tap.ok(f.read() == before and not os.path.exists(
        W + "/telclaude.db-wal"), "and the file was not written to")
with open(W + "/junk.db", "w") as f:
    f.write("no database\n" * 100)
expect(1, ["import", W + "/junk.db"], "what is no database is refused",
       "not a database")

# --- a backup ----------------------------------------------------------------
B = W + "/all.tar"
r = expect(0, ["backup", B], "a backup while it runs", "wrote " + B)
tap.ok(os.path.exists(B) and os.stat(B).st_mode & 0o7777 == 0o600 and
       not os.path.exists(B + ".new"), "is one file of root's, mode 0600")
names = ["telclauded.conf", "relay/relay.db", "agent-telegram/transcript.db",
         "totp/secrets", "totp/tries", "audit/audit.log", "audit/seal.key",
         "audit/seal.pub", "audit/head", "manifest.json"]
r = subprocess.run(["tar", "-tf", B], capture_output=True, text=True)
tap.ok(r.returncode == 0 and r.stderr == "" and
       sorted(r.stdout.split()) == sorted(names), "that tar(1) reads",
       r.stdout + r.stderr)


def member(path, name):
    with tarfile.open(path) as t:
        return t.extractfile(name).read()


with open(B, "rb") as f:
    whole = f.read()
tap.ok(b'"state_copied"' in member(B, "audit/audit.log"),
       "the audit log says that it was made")
tap.ok(fakes.TOKEN.encode() not in whole and fakes.KEY.encode() not in whole
       and b"a passphrase of the test" not in whole,
       "it holds no token and no key")
tap.ok(b"remember the colour mauve" in whole and b"likes mauve" in whole,
       "but what was said and remembered")
with open(STATE + "/totp/secrets", "rb") as f:
    tap.ok(member(B, "totp/secrets") == f.read(),
           "second factors byte for byte")
tap.ok(not [f for d in ("relay", "agent-telegram") for f in
            os.listdir(STATE + "/" + d) if "copy" in f],
       "nothing is left of the copies")
manifest = json.loads(member(B, "manifest.json"))
tap.ok(manifest["format"] == 1 and {p["name"]: p.get("schema") for p in
       manifest["parts"]}.get("relay/relay.db") == 2 and all(
           hashlib.sha256(member(B, p["name"])).hexdigest() == p["sha256"]
           for p in manifest["parts"]), "the manifest names each", manifest)
say(ANA, "and after it", "echo: and after it", "the chat goes on")
expect(1, ["backup", B], "no file is overwritten", "File exists")
expect(0, ["restore", "--check", B], "restore --check: all of it opens",
       "every part opens")


# --- who may, and what goes wrong ---------------------------------------------
def as_group():
    os.setgroups([60100])
    os.setgid(60100)
    os.setuid(world.OWNER_UID)


os.chmod(W, 0o755)
expect(1, ["backup", "/tmp/b%d.tar" % os.getpid()], "the control group may "
       "not make one", "only root", preexec_fn=as_group)
expect(0, ["-j", "show", "sessions"], "although it may ask",
       preexec_fn=as_group)
hung = fam.pids()["totp"]
os.kill(hung, signal.SIGSTOP)
first = subprocess.Popen([CTL, "-s", W + "/run/telclauded.sock", "backup",
                          W + "/hung.tar"], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True)
time.sleep(1)
expect(1, ["backup", W + "/second.tar"], "one at a time",
       "another backup is being made")
os.kill(hung, signal.SIGKILL)
out = first.communicate(timeout=20)[0]
tap.ok(first.returncode == 1 and "totp died before" in out,
       "an engine that dies meanwhile is named", out)
tap.ok(not [f for f in os.listdir(W) if f.startswith(("hung", "second"))],
       "and nothing is left of either", os.listdir(W))
fam.log_wait("polling", 1)
time.sleep(1.5)
for i in range(3):
    expect(0, ["backup"], "without a name it goes into the state directory",
           STATE + "/backups/telclaude-2")
    time.sleep(1.1)
kept = os.listdir(STATE + "/backups")
tap.ok(len(kept) == 2 and os.stat(STATE + "/backups").st_mode & 0o777 ==
       0o700, "`keep backups 2': two are kept", kept)
# --- a clock that was ahead, somebody's own file, one that was interrupted
theirs = ["telclaude-2026-before-upgrade-2.tar", "telclaude-1-2.tar"]
future = "telclaude-20990101-000000.tar"
for n in theirs + [future, "telclaude-20260101-000000.tar.new"]:
    with open(STATE + "/backups/" + n, "w") as f:
        f.write("x")
time.sleep(1.1)
r = expect(0, ["backup"], "a file of the future lies there",
           future + " is dated later")
made = os.path.basename(r.stdout.split("wrote ")[-1].strip())
left = os.listdir(STATE + "/backups")
tap.ok(made in left and future in left, "what was just made stays", left)
tap.ok(all(n in left for n in theirs), "so does what has another name", left)
tap.ok(not [n for n in left if n.endswith(".new")],
       "and what an interrupted one left is gone", left)
tap.ok(len(left) == 4, "but no more than are kept", left)
os.mkdir(W + "/tiny")
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs",
                W + "/tiny"], check=True)
expect(1, ["backup", W + "/tiny/b.tar"], "no room is known before it begins",
       "make room, or name a file on another disk")
tap.ok(os.listdir(W + "/tiny") == [], "and nothing was begun")
subprocess.run(["umount", W + "/tiny"], check=True)
expect(1, ["restore", B], "no restore under a family that runs",
       "telclauded is running")

# --- archives from somebody else ------------------------------------------------
BAD = W + "/bad.tar"


def refused(data, name, text="not a backup, or damaged"):
    with open(BAD, "wb") as f:
        f.write(data)
    expect(1, ["restore", "--check", BAD], name, text)


def rebuilt(change, sums=True, tarinfo=None):
    """The archive with other members: change(list of [name, bytes])."""
    parts = [[n, member(B, n)] for n in names[:-1]]
    change(parts)
    if sums:
        m = dict(manifest, parts=[dict(
            {"name": n, "size": len(d), "sha256":
             hashlib.sha256(d).hexdigest()},
            **({"schema": int.from_bytes(d[60:64], "big")}
               if d[:15] == b"SQLite format 3" else {}))
            for n, d in parts])
    else:
        m = manifest
    parts.append(["manifest.json", json.dumps(m).encode()])
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) \
            as t:
        for n, d in parts:
            i = tarfile.TarInfo(n)
            i.size, i.mode, i.uname, i.gname = len(d), 0o600, "root", "root"
            if tarinfo:
                tarinfo(i)
            t.addfile(i, io.BytesIO(d))
    # Python fills a record, and writes numbers in its own way.
    end = out.getvalue().rstrip(b"\0")
    end += b"\0" * (-len(end) % 512)
    return ours(end + b"\0" * 1024)


def ours(data):
    """Headers as this program writes them."""
    out, at = bytearray(data), 0
    while out[at:at + 512].strip(b"\0"):
        size = int(out[at + 124:at + 135], 8)
        out[at + 329:at + 345] = b"0000000\0" * 2
        s = sum(out[at:at + 148]) + sum(out[at + 156:at + 512]) + 8 * 32
        out[at + 148:at + 156] = b"%06o\0 " % s
        at += 512 + (size + 511) // 512 * 512
    return bytes(out)


same = rebuilt(lambda p: None)
with open(BAD, "wb") as f:
    f.write(same)
expect(0, ["restore", "--check", BAD], "an archive made by others with the "
       "same in it opens", "every part opens")
refused(whole[:-512], "one block less", "it ends too soon")
refused(whole[:len(whole) // 2], "half of it", "it ends too soon")
refused(whole + b"\0" * 512, "a block more", "follows its end")
refused(whole + whole, "twice", "follows its end")
at = whole.index(b"remember the colour mauve")
refused(whole[:at] + b"R" + whole[at + 1:], "one letter changed",
        "not what its manifest says")
refused(rebuilt(lambda p: p.append(["relay/relay.db", p[1][1]])),
        "two members of one name", "two members of one name")
refused(rebuilt(lambda p: p.pop(3), sums=False), "a part is missing",
        "its manifest names other parts")
refused(rebuilt(lambda p: p.append(["relay/more", b"x"]), sums=False),
        "one more than its manifest", "its manifest names other parts")
for n in ("../../etc/passwd", "/etc/passwd", "relay/../x", "relay/.x", "a/b/c",
          "relay//x", "Relay/x", "relay/x\n"):
    refused(rebuilt(lambda p: p.append([n, b"x"])), "a member called %r" % n,
            "a name that is not one of a backup")
for kind, what in ((tarfile.SYMTYPE, "symbolic link"),
                   (tarfile.LNKTYPE, "hard link"), (tarfile.FIFOTYPE, "pipe"),
                   (tarfile.DIRTYPE, "directory")):
    def turn(i):
        if i.name == "totp/secrets":
            i.type, i.linkname = kind, "/etc/shadow"
            i.size = 0
    refused(rebuilt(lambda p: None, tarinfo=turn), "a " + what,
            "not a")


def hurt(name, at, what):
    def change(parts):
        for p in parts:
            if p[0] == name:
                d = bytearray(p[1])
                d[at:at + len(what)] = what
                p[1] = bytes(d)
    return rebuilt(change)


refused(hurt("relay/relay.db", 4096, b"\xff" * 64),
        "a damaged database under a right manifest", "it is damaged")
refused(hurt("relay/relay.db", 60, b"\0\0\0\x63"), "one of a later release",
        "its schema is 99, this release knows 1 to 2")
refused(hurt("totp/secrets", 90, b"\xff"), "a seal that does not hold",
        "it does not open with the key")
DOUBT = W + "/doubt.tar"
with open(DOUBT, "wb") as f:
    f.write(hurt("audit/audit.log", 30, b"X"))
r = expect(3, ["-j", "restore", "--check", DOUBT], "an audit line that was "
           "changed is a warning of its own", "chain is broken")
tap.ok([x["ok"] for x in json.loads(r.stdout) if x["name"] ==
        "audit/audit.log"] == [False], "and its row says so", r.stdout)
refused(hurt("telclauded.conf", 0, b"}{}{"), "a configuration of nonsense",
        "it does not parse")
refused(rebuilt(lambda p: p.append(["relay/relay.db-wal", b"x"])),
        "a journal beside a database", "no backup has a journal")
refused(rebuilt(lambda p: p.append(["elsewhere/x", b"x"])),
        "what no engine would take", "belongs to no engine")
key = W + "/totp.key"
shutil.copy(key, key + ".good")
with open(key, "w") as f:
    f.write("another passphrase, as long\n")
r = expect(1, ["restore", "--check", B], "another key",
           "it does not open with the key")
shutil.copy(key + ".good", key)

# --- a turn that runs, and one that waits, when the copy is made -------------
say(ADMIN, "once more", "echo: once more", "the admin again")
s = tg.say(ANA, "sleep now")
end = time.time() + 10
while time.time() < end and not fam.pids()["tools"]:
    time.sleep(0.05)
tg.say(ANA, "waiting behind it")
time.sleep(0.5)
expect(0, ["backup", W + "/late.tar"], "a backup in mid-turn", "wrote")
tg.say(ANA, "/stop")
tg.answer(ANA, "Stopped", after=s["message_id"])
fam.stop()
asked = len(api.requests("messages"))

# --- put back -------------------------------------------------------------------
expect(1, ["restore", W + "/late.tar"], "not over what is there",
       "is not empty")
os.rename(STATE, STATE + ".old")
os.mkdir(STATE)
os.mkdir(STATE + "/restore.new")
with open(fam.errors) as f:
    mark = len(f.read())
fam.start()
rc = fam.exited(10)
tap.ok(rc == 1 and "did not come to its end" in fam.log()[mark:],
       "half a restore is no state to start from", fam.log()[mark:])
os.rmdir(STATE + "/restore.new")
refused_before = os.listdir(STATE)
with open(BAD, "wb") as f:
    f.write(hurt("totp/secrets", 90, b"\xff"))
expect(1, ["restore", BAD], "what does not open is not put back",
       "cannot be used")
tap.ok(os.listdir(STATE) == refused_before == [], "and nothing was written",
       os.listdir(STATE))
expect(1, ["restore", B], "nor by anybody but root", "only root",
       preexec_fn=as_group)
expect(64, ["restore", DOUBT, "please"], "another word is none")
expect(1, ["restore", DOUBT], "a doubtful audit log is not put back unasked",
       DOUBT + " broken-audit")
tap.ok(os.listdir(STATE) == [], "and nothing was written",
       os.listdir(STATE))
expect(0, ["restore", DOUBT, "broken-audit"], "but by a word of consent",
       "telclauded can be started")
shutil.rmtree(STATE)
os.mkdir(STATE)
os.rmdir(STATE)
expect(0, ["restore", W + "/late.tar"], "into an empty place",
       "telclauded can be started")
wrong = []
for d, user in (("relay", "_tcrelay"), ("agent-telegram", "_tctgagent"),
                ("totp", "_tctotp"), ("audit", "_tcaudit")):
    uid = pwd.getpwnam(user).pw_uid
    for path, mode in [(STATE + "/" + d, 0o700)] + [
            ("%s/%s/%s" % (STATE, d, f), 0o600) for f in
            os.listdir(STATE + "/" + d)]:
        st = os.lstat(path)
        if (st.st_uid, st.st_gid, st.st_mode & 0o7777) != (uid, uid, mode):
            wrong.append((path, st))
tap.ok(not wrong and os.stat(STATE + "/telclauded.conf.restored").st_mode &
       0o7777 == 0o600, "owners and modes are those of the engines", wrong)

last = tg.say(BEN, "a mark")["message_id"]
mark = max(m["message_id"] for m in tg.chat(ANA)["messages"])
LOG = STATE + "/audit/audit.log"
with open(LOG, "rb") as f:
    good = f.read()
with open(LOG, "wb") as f:
    f.write(good.replace(b'"seq":2,', b'"seq":7,', 1))
fam.start()
session.polling(tg, fam)
r = expect(3, ["backup", W + "/bad-audit.tar"], "a backup with a bad audit "
           "line is made, with a warning", "WARNING: the audit log")
tap.ok(os.path.exists(W + "/bad-audit.tar"), "and kept", said(r))
tap.ok(fam.log_wait("is a copy that was made"), "the relay knows it is a copy",
       fam.log()[-2000:])
tap.ok(tg.answer(BEN, "echo: a mark", after=last), "it serves")
time.sleep(1)
new = tg.bot_texts(ANA, mark)
tap.ok(any("sleep now" in t for t in new) and
       any("waiting behind" in t for t in new) and
       not any(t.startswith(("echo:", "Awake")) for t in new),
       "what ran or waited then is asked about, not run again", new)
say(ADMIN, "who am I", "First your second factor",
    "an open second factor is closed")
n = say(ADMIN, admin.code(), "Right.", "and its codes are right here")
tap.ok(tg.answer(ADMIN, "echo: who am I", after=n - 1), "the admin goes on")
say(ANA, "what colour", "echo: what colour", "a conversation goes on")
body = json.dumps(api.requests("messages")[-1])
tap.ok("remember the colour mauve" in body, "with what was said before",
       body[:3000])
r = ctl("-j", "import", W + "/telclaude.db")
rows = {x["table"]: x for x in json.loads(r.stdout or "[]")}
tap.ok(rows.get("memory_entries", {}).get("there") == 2,
       "memory is there", lambda: said(r))
tap.ok('"ben"' in ctl("-j", "links").stdout and
       "666" in ctl("-j", "bans").stdout, "links and bans are there",
       lambda: ctl("-j", "links").stdout + ctl("-j", "bans").stdout)
use = sqlite3.connect("file:%s/relay/relay.db?immutable=1" % STATE, uri=True)
tap.ok(use.execute("SELECT sum(tin) FROM spent").fetchone()[0] > 0,
       "and what was used")
use.close()
session.finish("backup", tg, api, fam)
