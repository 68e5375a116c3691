# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# A small hostile web for fetch.t: sites over HTTP and TLS that send the bytes
# they are told to, and a strict proxy before them that speaks like egress.
import os
import select
import socket
import ssl
import subprocess
import threading

NAMES = ("site.test", "www.site.test", "other.test", "selfsigned.test",
         "wrong.test", "xn--mnchen-3ya.test")


def run(*args):
    subprocess.run(args, check=True, capture_output=True)


def make_certs(d):
    """ca.pem signs site.pem; self.pem signs itself."""
    def key(name):
        run("openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout",
            "-out", "%s/%s.key" % (d, name))
    for n in ("ca", "site", "self"):
        key(n)
    run("openssl", "req", "-x509", "-new", "-key", d + "/ca.key", "-subj",
        "/CN=test ca", "-days", "2", "-out", d + "/ca.pem")
    run("openssl", "req", "-x509", "-new", "-key", d + "/self.key", "-subj",
        "/CN=selfsigned.test", "-addext",
        "subjectAltName=DNS:selfsigned.test", "-days", "2", "-out",
        d + "/self.pem")
    run("openssl", "req", "-new", "-key", d + "/site.key", "-subj",
        "/CN=site.test", "-out", d + "/site.csr")
    with open(d + "/ext", "w") as f:
        f.write("subjectAltName=" + ",".join(
            "DNS:" + n for n in NAMES
            if n not in ("selfsigned.test", "wrong.test")))
    run("openssl", "x509", "-req", "-in", d + "/site.csr", "-CA",
        d + "/ca.pem", "-CAkey", d + "/ca.key", "-CAcreateserial", "-days",
        "2", "-extfile", d + "/ext", "-out", d + "/site.pem")
    os.chmod(d + "/ca.pem", 0o644)


def listen():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", 0))
    s.listen(64)
    return s


def serve(s, fn):
    def loop():
        while True:
            try:
                c, _ = s.accept()
            except OSError:
                return
            threading.Thread(target=guard, args=(fn, c), daemon=True).start()
    threading.Thread(target=loop, daemon=True).start()
    return s.getsockname()[1]


def guard(fn, c):
    try:
        fn(c)
    except (OSError, ssl.SSLError, ValueError, IndexError):
        pass
    finally:
        try:
            c.close()
        except OSError:
            pass


def read_head(c):
    b = b""
    while b"\r\n\r\n" not in b and len(b) < 65536:
        d = c.recv(1)
        if not d:
            break
        b += d
    return b.decode("latin1")


def answer(body, ctype="text/html", status="200 OK", extra=""):
    if isinstance(body, str):
        body = body.encode()
    return ("HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s"
            "Connection: close\r\n\r\n" % (status, ctype, len(body), extra)
            ).encode() + body


def to(where, status="302 Found"):
    return answer("moved", status=status,
                  extra="Location: %s\r\nSet-Cookie: a=b\r\n" % where)


class Web:
    def __init__(self, certs):
        self.pages = {}         # (host, path) or path -> bytes, or fn(conn)
        self.requests = []      # heads the sites got
        self.asked = []         # first lines the proxy got
        self.ctx = {}
        for n in ("site", "self"):
            c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            c.load_cert_chain("%s/%s.pem" % (certs, n),
                              "%s/%s.key" % (certs, n))
            self.ctx[n] = c
        self.ctx["site"].sni_callback = self.on_sni
        self.http = serve(listen(), self.site)
        self.https = serve(listen(), self.tls)
        self.port = serve(listen(), self.proxy)
        self.direct = []        # connections that no proxy made
        self.canary = serve(listen(), self.direct.append)

    def on_sni(self, conn, name, ctx):
        if name == "selfsigned.test":
            conn.context = self.ctx["self"]

    def tls(self, c):
        self.site(self.ctx["site"].wrap_socket(c, server_side=True),
                  "https")

    def site(self, c, scheme="http"):
        head = read_head(c)
        if not head:
            return
        self.requests.append(head)
        path = head.split(" ")[1].split("#")[0]
        host = [ln.split(" ")[1] for ln in head.split("\r\n")
                if ln.lower().startswith("host:")][0]
        for k in ((scheme, host, path), (host, path), path):
            if k in self.pages:
                p = self.pages[k]
                if callable(p):
                    p(c)
                else:
                    c.sendall(p)
                return
        c.sendall(answer("<p>nothing here", status="404 Not Found"))

    def refuse(self, c, host):
        body = ("telclauded: %s is not on the allowlist of this telclauded."
                "\nAn administrator can add:  firewall { allow domain "
                "\"%s\" }\n" % (host, host))
        c.sendall(("HTTP/1.1 403 telclauded: %s is not on the allowlist of "
                   "this telclauded\r\nContent-Type: text/plain\r\n"
                   "Content-Length: %d\r\nConnection: close\r\n"
                   "X-Telclauded: not-allowed\r\n\r\n%s" %
                   (host, len(body), body)).encode())

    def proxy(self, c):
        head = read_head(c)
        if not head:
            return
        line = head.split("\r\n")[0]
        self.asked.append(line)
        method, target, _ = line.split(" ")
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            if host not in NAMES or port != "443":
                return self.refuse(c, host)
            up = socket.create_connection(("127.0.0.1", self.https))
            c.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            rest = target[len("http://"):]
            host, slash, path = rest.partition("/")
            if host not in NAMES:
                return self.refuse(c, host)
            up = socket.create_connection(("127.0.0.1", self.http))
            up.sendall(("%s /%s HTTP/1.1\r\n" % (method, path) +
                        head.split("\r\n", 1)[1]).encode("latin1"))
        while True:
            r, _, _ = select.select([c, up], [], [], 30)
            if not r:
                return
            for s in r:
                d = s.recv(65536)
                if not d:
                    return
                (up if s is c else c).sendall(d)
