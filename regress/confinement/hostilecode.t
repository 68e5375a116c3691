#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# A hostile relay where rules ask for a code: it may name any tool, any person
# and any bytes, and gets a process only for what the totp engine itself said
# a code was given for, once, and that process runs nothing else.
import hashlib
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import evilbox
import phone
import session
import tap
import world
from family import Family, config
from session import PROJECTS

READ, WRITE, EDIT, BASH = 1, 2, 3, 7
LOCAL = 3
RULES = """
ask with code tool { Bash Write }
allow tool Bash user 71
ask with code tool Read user "carla"
ask with code tool Edit tainted
deny tool Grep
"""
tg, api = session.begin()
session.project("notes.txt", "buy milk\n")
# Names are the real relay's matter.
fam = Family(config(), "enrolment").start()
session.polling(tg, fam)
phones = {u: phone.enrolled(u) for u in ("admin", "61", "62", "63")}
fam.stop()
fam = evilbox.Double(tg, api, "relay", RULES).start()
jobs = iter(range(1000, 9999))
ZERO = "00" * 32


def sha(args, tool=BASH, cwd=""):
    """What a code is for: the tool, where, and its input."""
    return hashlib.sha256(bytes([tool]) + cwd.encode() + b"\0" +
                          args.encode()).hexdigest()


def touch(name):
    return '{"command":"touch %s"}' % name


def there(name, seconds=0.6):
    end = time.time() + seconds
    while time.time() < end:
        if os.path.exists(PROJECTS + "/" + name):
            return True
        time.sleep(0.01)
    return False


def grant(digest, user=61, tool=BASH, name="-", tainted=0, conv=1,
          factor=None):
    """err of the answer, 0 with a socket."""
    n = next(jobs)
    r = fam.script("grant %d %d 1 %d 5000 %d %d %s %s %d %s" % (
        n, conv, LOCAL, tool, user, name, factor or user, tainted, digest),
        answers=0.1)
    for line in r or []:
        if line.startswith("job %d: err " % n):
            return int(line.split("err ")[1].split(",")[0])
    return None


def job(args, tool=BASH):
    fam.script("job %d %d %s" % (tool, LOCAL, args), answers=0)


def code(user, digest, number=61):
    r = fam.script("code %s %s %d %s" % (user, phones[user].code(), number,
                                         digest))
    tap.ok(r == ["totp: 0, wait 0"], "a code of %s is right" % user, r)


def check(name, good, what=None):
    tap.ok(good and not fam.fallen(), name, lambda: "%s\nfallen: %s\n%s" % (
        what, fam.fallen(), fam.diag()))


# --- what no rule asks a code for --------------------------------------------------
e = grant(sha(touch("free")), user=71)
job(touch("other"))
check("twin: where no rule asks, a grant is a grant, whatever the bytes",
      e == 0 and there("other"), e)
e = grant(ZERO, user=71)
job('{"file_path":"%s/written","content":"x"}' % PROJECTS, WRITE)
check("but of the tool it was for: Write, granted Bash, does not run",
      e == 0 and not there("written"), e)
e = grant(sha("{}"), tool=READ)
check("twin: Read is granted", e == 0, e)
job(touch("read"))
check("and Bash in it does not run", not there("read"))

# --- without a code ----------------------------------------------------------------
mark = len(fam.log())
e = grant(sha(touch("no")))
check("without a code: refused", e == 13, e)
with open(world.W + "/state/audit/audit.log") as f:
    check("and audited", '"code_missing"' in f.read())
e = grant(ZERO)
check("with no digest at all: refused", e == 13, e)
for what, kw in (("a tool of the same rule", {"tool": WRITE}),
                 ("a name", {"tool": READ, "name": "carla", "user": 71}),
                 ("a tainted turn", {"tool": EDIT, "tainted": 1,
                                     "user": 71})):
    e = grant(sha("x"), **kw)
    check("a rule for %s holds too" % what, e == 13, e)
for what, kw in (("another name", {"tool": READ, "name": "carl",
                                   "user": 71}),
                 ("an untainted turn", {"tool": EDIT, "user": 71})):
    e = grant(sha("x"), **kw)
    check("twin: %s needs none" % what, e == 0, e)

# --- with one ----------------------------------------------------------------------
want = touch("wanted")
code("61", sha(want))
e = grant(sha(touch("evil")))
check("a code for another action: refused", e == 13, e)
e = grant(sha(want), user=62)
check("of another person: refused", e == 13, e)
e = grant(sha(want), tool=BASH)
job(want)
check("twin: exactly that action runs", e == 0 and there("wanted"), e)
e = grant(sha(want))
check("twice with one code: refused", e == 13, e)

code("62", ZERO, 62)
e = grant(ZERO, user=62)
check("a code to sign in is good for no action", e == 13, e)
code("62", sha(want), 62)
e = grant(sha(want), user=62)
job(touch("bytes"))
check("other bytes than those of the code do not run",
      e == 0 and not there("bytes"), e)

args = '{"file_path":"%s/tool","content":"x"}' % PROJECTS
code("63", sha(args), 63)
e = grant(sha(args), user=63, tool=BASH)
job(args, WRITE)
check("nor another tool's job with the same bytes",
      e == 0 and not there("tool"), e)
code("63", sha(want), 63)
fam.script("raw parent TOOL_SOON 0 0 00000000000000%02x01%02x" % (9, LOCAL))
time.sleep(0.3)
os.unlink(PROJECTS + "/wanted")
e = grant(sha(want), user=63, conv=9)
job(touch("spare"))
check("nor in a process that waited for it", e == 0 and not there("spare"),
      e)
code("admin", sha(want), 999)
e = grant(sha(want), user=61)
check("the admin's code is the admin's", e == 13, e)
e = grant(sha(want), user=999, conv=9, factor="admin")
job(want)
check("twin: the admin's action runs in a spare", e == 0 and
      there("wanted"), e)

code("admin", sha(args), 999)
e = grant(sha(args), user=999, factor="admin", tool=WRITE)
job(args, WRITE)
check("a code for Bash with these bytes is none for Write with them",
      not there("tool"), e)

# --- what is said and forgotten -------------------------------------------------------
r = fam.script("raw parent TOTP_OK 0 0 0002%s%s" % (b"61".hex(), sha(want)))
check("saying itself that a code was given ends it", r is None and
      fam.died() is not None, r)
fam.stop()
tap.ok(not session.left_behind(), "nothing is left", session.left_behind())
sys.exit(tap.done())
