# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The web of network.t, in the servers' namespace: every name with its own
# certificate at one address, files from a directory a name, and a record of
# each connection and request.  A plain server on port 80, TLS on 443.
#	webserver.py ADDRESS[,ADDRESS...] ROOT TLSDIR RECORD NAME...
import http.server
import json
import os
import socketserver
import ssl
import sys
import threading

addrs, root, tls, record = sys.argv[1:5]
names = sys.argv[5:]
lock = threading.Lock()


def note(**kw):
    with lock, open(record, "a") as f:
        f.write(json.dumps(kw) + "\n")


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        note(what="connection", at=self.server.server_address,
             sni=getattr(self.connection, "sni", None))

    def where(self):
        host = (self.headers.get("Host") or "").split(":")[0]
        note(what="request", host=host, path=self.path,
             length=self.headers.get("Content-Length"),
             sni=getattr(self.connection, "sni", None))
        self.directory = os.path.join(root, host)

    def do_GET(self):
        self.where()
        to = {"/to-metadata": "http://169.254.169.254/latest/",
              "/to-private": "http://private.example/",
              "/to-evil": "http://evil.example/",
              "/to-self": "http://127.0.0.1:8790/"}.get(self.path)
        if to is None:
            return super().do_GET()
        self.send_response(302)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        self.where()
        n = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(n)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *a):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 200

    def handle_error(self, request, client):
        pass                            # clients that go are the test


def contexts():
    one = {}
    for n in names:
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        c.load_cert_chain("%s/%s.pem" % (tls, n), "%s/%s.key" % (tls, n))
        one[n] = c
    return one


def choose(sock, name, ctx):
    sock.sni = name
    note(what="hello", sni=name)
    if name in ctxs:
        sock.context = ctxs[name]


class Tls(Server):
    def finish_request(self, request, client):
        request.settimeout(20)
        try:
            request = first.wrap_socket(request, server_side=True)
        except OSError as e:
            note(what="failed", why=str(e))
            return
        super().finish_request(request, client)


ctxs = contexts()
first = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
first.load_cert_chain("%s/%s.pem" % (tls, names[0]),
                      "%s/%s.key" % (tls, names[0]))
first.sni_callback = choose
servers = [kind((a, port), Handler) for a in addrs.split(",")
           for kind, port in ((Server, 80), (Tls, 443))]
for s in servers:
    threading.Thread(target=s.serve_forever, daemon=True).start()
print("ready", flush=True)
threading.Event().wait()
