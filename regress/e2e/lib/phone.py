# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# telclaudectl in a terminal, and a phone that shows codes.
import os
import pty
import re
import select
import subprocess
import time

import world


class Terminal:
    """telclaudectl in a terminal of its own."""
    def __init__(self, *words):
        self.fd, slave = pty.openpty()
        self.proc = subprocess.Popen(
            [world.obj() + "/bin/telclaudectl", "-s",
             world.W + "/run/telclauded.sock", *words],
            stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        self.text, self.seen = "", 0

    def until(self, what):
        """Reads on until this was printed after what was waited for last."""
        end = time.time() + 5
        while True:
            at = self.text.find(what, self.seen)
            if at >= 0:
                self.seen = at + len(what)
                return True
            left = end - time.time()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                return False
            try:
                self.text += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:     # it ended
                return False

    def type(self, line):
        os.write(self.fd, line.encode() + b"\n")

    def end(self):
        self.until("\0")
        return self.proc.wait(5)


class Phone:
    """Codes of one secret by oathtool, each used once."""
    def __init__(self, secret):
        self.secret, self.last = secret, 0

    def at(self, step):
        r = subprocess.run(["oathtool", "--totp", "-b", "-N",
                            "@%d" % (step * 30), self.secret],
                           capture_output=True, text=True)
        return r.stdout.strip()

    def code(self):
        while True:
            now = time.time()
            step = max(self.last + 1, int(now) // 30 - 1)
            if step <= int(now) // 30 + 1 and 30 - now % 30 > 1:
                self.last = step
                return self.at(step)
            time.sleep(0.2)

    def wrong(self):
        near = int(time.time()) // 30
        good = {self.at(near + d) for d in range(-3, 4)}
        return next(c for c in ("000000", "111111", "222222", "333333",
                                "444444", "555555", "666666", "777777")
                    if c not in good)


def enrol(who):
    """The terminal that waits for a code, the line of the QR code, the
    phone that read it; None for the last two when there was none."""
    t = Terminal("totp", "enrol", str(who))
    t.until("code: ")
    m = re.search(r"otpauth://totp/\S+", t.text)
    if not m:
        return t, None, None
    return t, m.group(0), Phone(re.search(r"secret=([A-Z2-7]+)",
                                          m.group(0)).group(1))


def enrolled(who):
    """The phone of somebody who has a second factor now."""
    t, _, phone = enrol(who)
    if phone is None:
        raise RuntimeError(t.text)
    t.type(phone.code())
    if t.end() != 0:
        raise RuntimeError(t.text)
    return phone
