# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The two fakes, started in the servers' namespace and driven through their
# control sockets (regress/fakes/control.c says what they understand).
import http.client
import json
import os
import socket
import subprocess
import time

import world

TOKEN = "700100200:AAfake-token_0123456789abcdefghij"
KEY = "sk-ant-api03-fake-key-0123456789"


class _Unix(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("fake", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Fake:
    def __init__(self, prog, name, addr, extra):
        self.name = name
        self.sock = "%s/%s.sock" % (world.W, name)
        self.log = "%s/%s.log" % (world.W, name)
        self.fail = "%s/%s.fail" % (world.W, name)
        host = [h for h, a in world.NAMES.items() if a == addr][0]
        tls = world.W + "/tls/" + host
        self.errors = open(world.W + "/" + name + ".err", "w")
        self.proc = subprocess.Popen(world.in_servers(
            os.path.join(world.obj(), "test", prog),
            "-t", addr + ":443", "-p", addr + ":80",
            "-c", tls + ".pem", "-k", tls + ".key",
            "-s", self.sock, "-l", self.log, "-f", self.fail, *extra),
            stderr=self.errors)
        for _ in range(500):
            if os.path.exists(self.sock):
                return
            if self.proc.poll() is not None:
                break
            time.sleep(0.004)
        raise RuntimeError("%s did not start: %s" % (
            prog, open(self.errors.name).read()))

    def post(self, path, arg=None, timeout=120):
        c = _Unix(self.sock, timeout)
        try:
            c.request("POST", path, json.dumps(arg if arg is not None else {}))
            r = c.getresponse()
            return json.loads(r.read(), strict=False)
        finally:
            c.close()

    def wait(self, timeout=10, **cond):
        cond["timeout_ms"] = int(timeout * 1000)
        r = self.post("/wait", cond, timeout=timeout + 30)
        return r if r.get("ok") else None

    def fault(self, **f):
        return self.post("/fault", f)

    def failures(self):
        return self.post("/failures")["failures"]

    def records(self):
        with open(self.log) as f:
            return [json.loads(line) for line in f if line.endswith("\n")]

    def requests(self, method):
        return [r for r in self.records()
                if r["ev"] == "req" and r["method"] == method]


class Telegram(Fake):
    def __init__(self):
        super().__init__("faketg", "tg", world.TG_ADDR, ["-T", TOKEN])

    def say(self, chat, text, **kw):
        return self.post("/say", dict(kw, chat=chat, text=text))

    def file(self, data=None, **kw):
        """A file that somebody sent; what a message says of it."""
        r = self.post("/file", dict(kw, hex=data.hex()) if data else kw)
        return {k: r[k] for k in ("file_id", "file_unique_id", "file_size")}

    def document(self, chat, name, data=None, caption="", path="", **kw):
        f = self.file(data, path=path)
        f["file_name"] = name
        return self.say(chat, caption, media={"document": f}, **kw)

    def files(self, chat, after=0):
        """What the bot sent besides text."""
        return [m for m in self.chat(chat)["messages"]
                if m["bot"] and "file" in m and m["message_id"] > after]

    def chat(self, chat):
        return self.post("/chat", {"id": chat})["chat"]

    def bot_texts(self, chat, after=0):
        return [m["text"] for m in self.chat(chat)["messages"]
                if m["bot"] and not m["deleted"] and m["message_id"] > after]

    def answer(self, chat, contains, after=0, timeout=10):
        """The bot's message that holds this text, or None."""
        r = self.wait(timeout, chat=chat, contains=contains, after=after)
        return r["message"] if r else None

    def stats(self):
        return self.post("/stats")


class Anthropic(Fake):
    def __init__(self):
        super().__init__("fakeapi", "api", world.API_ADDR, ["-K", KEY])

    def rules(self, *rules):
        return self.post("/rules", list(rules))

    def rule(self, reply, **kw):
        return self.post("/rule", dict(kw, reply=reply))

    def stats(self):
        return self.post("/stats")


def text(s):
    return {"type": "text", "text": s}


def tool(name, **args):
    return {"type": "tool_use", "name": name, "input": args}
