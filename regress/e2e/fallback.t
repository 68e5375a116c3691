#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The whole chain in a container without CAP_SYS_ADMIN, telclauded being its
# process 1: tools run as the owner of the workspace, with no network but
# their door, and nothing of them outlives a parent that is killed.
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import family
import session
import kernel
import tap
import world
from fakes import text, tool
from family import ANA, Family, config
from session import PROJECTS, project

NET = ("for a in %s/443 %s/80 127.0.0.1/7 169.254.169.254/80; do "
       "(: < /dev/tcp/$a) && echo OPEN $a; done; "
       "(: < /dev/udp/%s/53) && echo OPEN udp" %
       (world.API_ADDR, world.WEB_ADDR, world.DNS_ADDR)) + \
    "; (: < /dev/tcp/127.77.1.1/3128) && echo DOOR"

if kernel.no_fallback() is not None:
    tap.skip_all(kernel.no_fallback())
tg, api = session.begin()
api.rules(
    {"text": "who", "reply": [tool("Bash", command="id -u; echo new > g; "
                                   "cat /run/tc/secret; cat /etc/shadow")]},
    {"text": "who", "result": "", "reply": [text("It is: ${result} end")]},
    {"text": "net", "reply": [tool("Bash", command=NET)]},
    {"text": "net", "result": "", "reply": [text("Net: ${result} end")]},
    {"text": "daemon", "reply": [tool(
        "Bash", command="(setsid sleep 321 &); sleep 322")]},
)


class Contained(Family):
    def start(self):
        o = world.obj()
        self.proc = subprocess.Popen(
            ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child",
             "setpriv", "--bounding-set=-sys_admin", o + "/bin/telclauded",
             "-d", "-f", self.conf, "-L", o + "/libexec"], env=self.env,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(self.errors, "a"))
        return self

    def pid(self):
        return family.children(self.proc.pid)[0]


def running(words):
    return [pid for pid, line in session.processes().items()
            if line.startswith(words)]


def wait_for(fn, seconds=5):
    end = time.monotonic() + seconds
    while not fn() and time.monotonic() < end:
        time.sleep(0.02)
    return fn()


def ask(what, expect):
    last = max([m["message_id"] for m in tg.chat(ANA)["messages"]] or [0])
    tg.say(ANA, what)
    m = tg.answer(ANA, expect, after=last, timeout=10)
    tap.ok(m, "answered: " + what, lambda: "%s\n%s" % (
        tg.bot_texts(ANA, last), fam.log()[-3000:]))
    return "\n".join(tg.bot_texts(ANA, last))


project("f", "x")
family.secret("secret", "not for tools")
os.chown(world.W + "/secret", world.OWNER_UID, world.OWNER_UID)
fam = Contained(config(), "fallback").start()
session.polling(tg, fam)
tap.ok("tools run as its owner" in fam.log(), "no namespaces, and it says so",
       fam.log())
got = ask("who", " end")
tap.ok(str(world.OWNER_UID) in got and
       os.stat(PROJECTS + "/g").st_uid == world.OWNER_UID,
       "a tool runs as the owner of the workspace", got)
tap.ok(got.count("Permission denied") == 2 and "not for tools" not in got,
       "and reads no other file of the owner's", got)
got = ask("net", "end")
tap.ok("OPEN" not in got and got.count("Permission denied") +
       got.count("not permitted") >= 5 and "DOOR" in got,
       "it gets to its door and nowhere else, though the firewall does not "
       "know the owner", got)
box = [w.rstrip("/:") for r in api.requests("messages")
       for b in r["body"]["system"] for w in b["text"].split()
       if "/media/outbox/" in w][-1]
api.rules(
    {"text": "file", "result": "", "reply": [text("File: ${result} end")]},
    {"text": "file", "reply": [tool(
        "Bash", command="cat %s/*; echo x > %s/planted; mkdir -p %s/d && "
        "echo made > %s/d/made.txt" % (box.replace("outbox", "inbox"),
                                       box.replace("outbox", "inbox"), box,
                                       box))]},
    {"text": "daemon", "reply": [tool(
        "Bash", command="(setsid sleep 321 &); sleep 322")]})
inbox = os.path.dirname(os.path.dirname(box)) + "/inbox"
tap.ok(len({os.stat(p).st_gid for p in [inbox] + [
    inbox + "/" + n for n in os.listdir(inbox)]}) == 1,
       "what lies in the inbox has its group from the start",
       os.listdir(inbox))
s = tg.document(ANA, "n.txt", b"sent by a person", caption="file")
m = tg.answer(ANA, "end", after=s["message_id"])
tap.ok(m and "sent by a person" in m["text"] and "Permission denied" in
       m["text"], "a file that was sent is read, and only read",
       lambda: (m, fam.log()[-2000:]))
wait_for(lambda: tg.files(ANA))
tap.ok([bytes.fromhex(f["file"]["hex"]) for f in tg.files(ANA)] ==
       [b"made\n"], "and one that it made goes to the chat",
       lambda: (tg.files(ANA), tg.bot_texts(ANA), fam.log()[-2000:]))
r = session.nft("list", "table", "inet", "telclaude")
tap.ok(r.returncode == 0 and "owner" in r.stdout, "the table is there",
       r.stdout + r.stderr)
tg.say(ANA, "daemon")
tap.ok(wait_for(lambda: running("sleep 321") and running("sleep 322")),
       "a tool detaches a process", session.processes())
os.kill(fam.pid(), signal.SIGKILL)
fam.proc.wait()
tap.ok(wait_for(lambda: not [w for w in session.left_behind()
                             if w.startswith(("process", "table"))] and
                not running("sleep 32")),
       "kill -9 of the parent: nothing is left, the detached one neither",
       session.left_behind())
session.finish("fallback", tg, api)
