#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# WebFetch by the whole family: the model asks, the relay grants, the tool's
# fetch goes through egress, the resolver and the firewall to a real site over
# TLS, and the model gets text between marks.  Then the same in a container
# without CAP_SYS_ADMIN.
import http.server
import os
import re
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import world

if len(sys.argv) > 1 and sys.argv[1] == "site":
    # In the servers' namespace: a site that says who asked for what.
    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/away":
                self.send_response(302)
                self.send_header("Location", "https://api.anthropic.com/x")
                self.end_headers()
                return
            if self.path == "/late":
                time.sleep(2.5)
            body = ("<title>Site</title><h1>Pears</h1><p>are <b>ripe</b>."
                    "<script>no</script>").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, fmt, *args):
            with open(world.W + "/site.log", "a") as f:
                f.write("%s %s\n" % (self.headers.get("Host"),
                                     self.requestline))

    def serve(port, ctx):
        s = http.server.ThreadingHTTPServer((world.WEB_ADDR, port), Site)
        if ctx:
            s.socket = ctx.wrap_socket(s.socket, server_side=True)
        threading.Thread(target=s.serve_forever).start()

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(world.W + "/tls/example.org.pem",
                        world.W + "/tls/example.org.key")
    serve(443, tls)
    serve(80, None)
    open(world.W + "/site.log", "a").close()
    threading.Event().wait()

import session
import kernel
import tap
from fakes import text, tool
from family import ADMIN, ANA, BEN, Family, config

tg, api = session.begin()


def page(word, url):
    return [{"text": word, "reply": [tool("WebFetch", url=url,
                                          prompt="what?")]},
            {"text": word, "result": "", "reply": [text("Got: ${result}")]}]


def twice(word, command):
    """One command, and another one behind it."""
    return [{"text": word, "reply": [tool("Bash", command=command)]},
            {"text": word, "result": "first", "reply": [
                tool("Bash", command="echo second")]},
            {"text": word, "result": "", "reply": [text("Got: ${result}")]}]


api.rules(*twice("local", "echo first"),
          *twice("network", "curl -s http://example.org/ && echo first"),
          *twice("refused", "curl -s http://denied.example/ > /dev/null; "
                            "echo first"),
          *page("pears", "https://example.org/"),
          *page("plain", "http://example.org/"),
          *page("later", "https://example.org/late"),
          *page("away", "https://example.org/away"),
          *page("denied", "https://denied.example/"),
          *page("model", "https://api.anthropic.com/v1/models"),
          *page("telegram", "https://api.telegram.org/"),
          *page("host", "http://%s/" % world.HOME_ADDR),
          *page("meta", "http://169.254.169.254/latest/meta-data/"),
          *page("hexmeta", "http://0xa9fea9fe/"))


def trust():
    """The tools' certificates are the host's: ours, here."""
    d = world.W + "/certs"
    os.mkdir(d)
    with open(world.W + "/tls/ca.pem") as f, \
            open(d + "/ca-certificates.crt", "w") as g:
        g.write(f.read())
    os.chmod(d + "/ca-certificates.crt", 0o644)
    world.run("mount", "--bind", d, "/etc/ssl/certs")


def site():
    p = subprocess.Popen(world.in_servers(sys.executable, __file__, "site"),
                         env=dict(os.environ, TC_WORLD="in"))
    end = time.time() + 10
    while not os.path.exists(world.W + "/site.log") and time.time() < end:
        time.sleep(0.02)
    return p


def asked():
    with open(world.W + "/site.log") as f:
        return f.read().splitlines()


def ask(fam, chat, what):
    last = max([m["message_id"] for m in tg.chat(chat)["messages"]] or [0])
    tg.say(chat, what)
    tg.answer(chat, "Got:", after=last, timeout=15)
    return "\n".join(tg.bot_texts(chat, last)) + "\n"


def results():
    """What the model was told of its last call."""
    for r in reversed(api.records()):
        if r["ev"] != "req":
            continue
        for m in reversed(r["body"].get("messages", [])):
            for b in m["content"] if isinstance(m["content"], list) else []:
                if b["type"] == "tool_result":
                    c = b["content"]
                    return (c if isinstance(c, str) else
                            "".join(x["text"] for x in c)), \
                        b.get("is_error", False)
    return "", None


def fetches(fam, where):
    n = len(asked())
    got = ask(fam, ANA, "pears")
    said, err = results()
    m = re.match(r"\[outside text (\w{32}) from https://example.org/: .*\]\n"
                 r"Title: Site\n\n# Pears\n\nare \*\*ripe\*\*\.\n"
                 r"\[end of outside text (\w{32})\]$", said)
    tap.ok(m and m[1] == m[2] and not err,
           where + "a page over TLS reaches the model between marks",
           lambda: "%r\n%s\n%s" % (said, got, fam.log()[-4000:]))
    tap.ok(asked()[n:] == ["example.org GET / HTTP/1.1"],
           where + "asked for once, by GET", asked())
    ask(fam, BEN, "plain")
    said, err = results()
    tap.ok("# Pears" in said and not err, where + "one over HTTP too", said)


def refusals(fam):
    ask(fam, ANA, "away")
    said, err = results()
    tap.ok(err and "moved to another host" in said and
           "https://api.anthropic.com/x" in said,
           "a redirect to another host is told, not followed", said)
    n = len(asked())
    for what, word in (("denied", "denied.example:443 is not on the allowlist"),
                       ("model", "api.anthropic.com"),
                       ("telegram", "api.telegram.org"),
                       ("host", world.HOME_ADDR), ("meta", "169.254.169.254"),
                       ("hexmeta", "169.254.169.254")):
        ask(fam, ANA, what)
        said, err = results()
        tap.ok(err and "did not let it pass" in said and word in said,
               "refused, in egress's words: " + what,
               lambda: "%s\n%s" % (said, fam.log()[-3000:]))
    tap.ok(len(asked()) == n, "and nobody heard of it", asked())


def shown(fam):
    ask(fam, ANA, "later")
    texts = [e["body"].get("text", "") for n in ("sendMessage",
             "sendMessageDraft", "editMessageText") for e in tg.requests(n)]
    tap.ok(any("WebFetch example.org" in t for t in texts),
           "the person sees the host while it takes its time", texts[-20:])


def tainted(fam, where):
    """A rule about tainted turns, and commands that use the tunnel."""
    for what, denied in (("local", False), ("refused", False),
                         ("network", True)):
        tg.say(BEN, "/new")
        ask(fam, BEN, what)
        said, err = results()
        tap.ok(("rule forbids" in said) == denied and
               ("second" in said) != denied, "%s%s: the next command %s" % (
                   where, what, "is of a tainted turn" if denied else
                   "runs"), lambda: "%s\n%s" % (said, fam.log()[-3000:]))
    tg.say(BEN, "/new")


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


trust()
web = site()
allow = 'firewall { allow domain "example.org" port { 80 443 } }\n'
conf = config(top=allow + "deny tool Bash tainted\n").replace(
    "tier write-local user any", "tier read-only user any\n"
    "tier write-local user %d\ntier full-access user %d" % (BEN, ADMIN))
fam = Family(conf, "webfetch").start()
session.polling(tg, fam)
fetches(fam, "")
refusals(fam)
shown(fam)
tainted(fam, "")
fam.stop()
session.fresh()
if kernel.no_fallback() is not None:
    web.kill()
    tap.skip("no namespaces", kernel.no_fallback())
    session.finish("webfetch", tg, api)
fam = Contained(conf, "contained").start()
session.polling(tg, fam)
fetches(fam, "no namespaces: ")
tainted(fam, "no namespaces: ")
os.kill(fam.proc.pid, 9)
fam.proc.wait()
web.kill()
session.finish("webfetch", tg, api)
