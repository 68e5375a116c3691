# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# A family whose agent is regress/confinement/evilagent.c; its scripts, and
# what must still stand after each of them.
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../e2e/lib"))
import session                                                # noqa: E402
import tap                                                    # noqa: E402
import world                                                  # noqa: E402
from family import ADMIN, ANA, BEN, RATES, Family, config     # noqa: E402

TOP = os.path.realpath(os.path.join(HERE, "../../.."))
DIR = world.W + "/lib"
OTHERS = ("parent", "relay", "gate", "runner", "audit", "keeper", "totp",
          "resolver")
# Ana may read, Ben write in the workspace, the admin everything.
TIERS = "tier read-only user %d\ntier write-local user %d\n" % (ANA, BEN)


def table():
    """[(name, senders, receivers, phases)] of imsg/msg.def, in order."""
    with open(TOP + "/imsg/msg.def") as f:
        text = f.read()
    engines = re.search(r"#define ENGINES\s(.*?)\n\n", text, re.S).group(1)
    streamers = re.search(r"#define STREAMERS\s(.*?)\n", text).group(1)
    text = text[text.index("#define MSG_TABLE"):]

    def procs(s):
        s = s.replace("ENGINES", engines).replace("STREAMERS", streamers)
        return set(p.lower() for p in re.findall(r"P\((\w+)\)", s))
    return [(m[0], procs(m[1]), procs(m[2]), m[3].strip()) for m in
            re.findall(r"M\((\w+),\s*([^,]*),\s*([^,]*),\s*([^,]*),", text)]


def place(double="evilagent", role="agent"):
    """A directory of engines in which one is a double."""
    shutil.rmtree(DIR, ignore_errors=True)
    shutil.copytree(world.obj() + "/libexec", DIR)
    shutil.copy(world.obj() + "/test/" + double, DIR + "/" + role)


class Hostile(Family):
    def __init__(self, tg, api, name="hostile", **kw):
        super().__init__(config(top=TIERS, **kw), name)
        self.tg, self.api = tg, api
        self.n = 0

    def start(self):
        self.proc = subprocess.Popen(
            [world.obj() + self.program, "-d", "-f", self.conf, "-L",
             DIR], env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=open(self.errors, "a"))
        session.polling(self.tg, self)
        self.was = self.pids()
        return self

    def restart(self):
        """The backoff starts from its beginning, in a second.  Several
        hundred lives need no selftest each: the first one had it."""
        self.program = "/test/sabparent"
        self.env["TC_SABOTAGE"] = "selftest:all"
        self.proc.send_signal(signal.SIGTERM)
        if self.exited(10) is None:
            self.proc.kill()
            self.proc.wait()
        return self.start()

    def attack(self, chat, script, timeout=10):
        """The report's lines, or None when none came."""
        self.n += 1
        nonce = "ATTACK-%d" % self.n
        self.mark = len(self.log())
        self.seen = {c: self.tg.chat(c)["messages"] for c in
                     (ANA, BEN, ADMIN)}
        said = self.tg.say(chat, nonce + "\n" + script)
        if timeout == 0:
            return None
        m = self.tg.answer(chat, "end " + nonce, after=said["message_id"],
                           timeout=timeout)
        return m["text"].split("\n")[:-1] if m else None

    def said(self):
        """The log since the attack."""
        return self.log()[self.mark:]

    def told(self, words, times=1, timeout=5):
        """The log says that so often since the attack.  What an engine logs
        comes by way of the parent, so a moment later."""
        end = time.time() + timeout
        while self.said().count(words) < times and time.time() < end:
            time.sleep(0.01)
        return self.said().count(words) == times

    def silent(self, *chats):
        """No message came into these chats since the attack."""
        return all(len(self.tg.chat(c)["messages"]) == len(self.seen[c])
                   for c in chats)

    def standing(self, *but):
        """The names of those who are not as they were."""
        now = self.pids()
        return [e for e in OTHERS if e not in but and
                now.get(e) != self.was.get(e)]

    def died(self, words="", timeout=5):
        """The agent's death, in the parent's words, or None."""
        end = time.time() + timeout
        while time.time() < end:
            m = re.search(r"agent/telegram died: (.*); starts again in",
                          self.said())
            if m:
                return m.group(1) if words in m.group(1) else None
            time.sleep(0.004)
        return None

    def audit(self):
        path = world.W + "/state/audit"
        out = []
        for f in sorted(f for f in os.listdir(path) if f.endswith(".log")):
            with open(path + "/" + f) as g:
                out += [json.loads(line) for line in g if line.strip()]
        return out

    def diag(self):
        return self.said()[-3000:]


def twin(fam, name):
    """The same rightly said: a call of the person's tier runs."""
    r = fam.attack(ANA, 'call T 1 0 {"file_path":"%s/notes.txt"}\nwait 1' %
                   session.PROJECTS, timeout=20)
    return tap.ok(r and "error 0" in r[0] and "buy milk" in r[0],
                  name + ": a call of that tier runs",
                  lambda: "%s\n%s" % (r, fam.diag()))
