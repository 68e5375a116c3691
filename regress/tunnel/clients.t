#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Real clients through the real egress: curl, git, pip, npm and apt-get fetch
# from an allowed name as they would anywhere, over TLS and plainly; with
# another name they fail at once and say why.  On loopback; the parent is
# obj/test/tunnel.
import hashlib
import http.server
import json
import os
import shutil
import socketserver
import ssl
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../e2e/lib"))
import tap

OBJ = os.environ.get("OBJ", os.path.join(HERE, "../../obj"))
PYTHON = "/usr/bin/python3"
work = tempfile.mkdtemp(prefix="tunnel")
www = os.path.join(work, "www")
posted = []


def path(*parts):
    p = os.path.join(*parts)
    os.makedirs(os.path.dirname(p), exist_ok=True)
    return p


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *a):
        super().__init__(*a, directory=www)

    def do_POST(self):
        n = int(self.headers.get("Content-Length", 0))
        data = self.rfile.read(n) if n else b""
        while self.headers.get("Transfer-Encoding") == "chunked":
            n = int(self.rfile.readline(), 16)
            data += self.rfile.read(n)
            self.rfile.readline()
            if n == 0:
                break
        body = hashlib.sha256(data).hexdigest().encode()
        posted.append(self.headers.get("Host"))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass                    # clients that break off are part of it


def serve(tls):
    s = Server(("127.0.0.1", 0), Handler)
    if tls:
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ctx.load_cert_chain(work + "/cert.pem", work + "/key.pem")
        s.socket = ctx.wrap_socket(s.socket, server_side=True,
                                   do_handshake_on_connect=False)
    threading.Thread(target=s.serve_forever, daemon=True).start()
    return s.server_address[1]


def run(*argv, timeout=60, **kw):
    env = {"PATH": os.environ["PATH"], "HOME": work, "LANG": "C.UTF-8",
           "CURL_CA_BUNDLE": work + "/cert.pem",
           "GIT_SSL_CAINFO": work + "/cert.pem",
           "PIP_CERT": work + "/cert.pem",
           "PIP_DISABLE_PIP_VERSION_CHECK": "1",
           "npm_config_cafile": work + "/cert.pem",
           "npm_config_update_notifier": "false",
           "npm_config_audit": "false", "npm_config_fetch_retries": "0",
           "GIT_TERMINAL_PROMPT": "0"}
    for v in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        env[v] = "http://127.0.0.1:" + PROXY
    t = time.monotonic()
    p = subprocess.run(argv, env=env, cwd=work, text=True, timeout=timeout,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kw)
    p.took = time.monotonic() - t
    return p


def right(p, name, says=""):
    tap.ok(p.returncode == 0 and says in p.stdout, name, p.stdout)


def refused(p, name, says):
    tap.ok(p.returncode != 0 and says in p.stdout, name,
           "%s\nexit %d" % (p.stdout, p.returncode))


def git(*argv):
    subprocess.run(("git", "-c", "user.name=t", "-c", "user.email=t@t",
                    "-C", work + "/src") + argv, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


# --- what is fetched ------------------------------------------------------
def make_files():
    with open(path(www, "hello"), "w") as f:
        f.write("hello\n")
    with open(path(www, "big"), "wb") as f:
        f.write(os.urandom(3 << 20))
    shutil.copy(www + "/big", work + "/sent")


def make_git():
    os.makedirs(work + "/src")
    git("init", "-q")
    with open(work + "/src/file", "w") as f:
        f.write("in the repository\n")
    git("add", "file")
    git("commit", "-qm", "one")
    git("clone", "-q", "--bare", ".", www + "/repo.git")
    git("--git-dir=" + www + "/repo.git", "update-server-info")


def make_pip():
    wheel = path(www, "simple/teapot/teapot-1.0-py3-none-any.whl")
    info = "teapot-1.0.dist-info/"
    files = {"teapot.py": "", info + "METADATA": "Metadata-Version: 2.1\n"
             "Name: teapot\nVersion: 1.0\n", info + "WHEEL":
             "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"
             "Tag: py3-none-any\n"}
    with zipfile.ZipFile(wheel, "w") as z:
        for name, text in files.items():
            z.writestr(name, text)
        z.writestr(info + "RECORD", "".join("%s,,\n" % n for n in files))
    with open(www + "/simple/teapot/index.html", "w") as f:
        f.write('<a href="teapot-1.0-py3-none-any.whl">'
                'teapot-1.0-py3-none-any.whl</a>')


def make_npm(base):
    with open(path(work, "package/package.json"), "w") as f:
        json.dump({"name": "teapot", "version": "1.0.0"}, f)
    tgz = path(www, "tarballs/teapot-1.0.0.tgz")
    with tarfile.open(tgz, "w:gz") as t:
        t.add(work + "/package", "package")
    with open(tgz, "rb") as f:
        sha = hashlib.sha1(f.read()).hexdigest()
    with open(path(www, "teapot"), "w") as f:
        json.dump({"name": "teapot", "dist-tags": {"latest": "1.0.0"},
                   "versions": {"1.0.0": {
                       "name": "teapot", "version": "1.0.0", "dist": {
                           "tarball": base + "/tarballs/teapot-1.0.0.tgz",
                           "shasum": sha}}}}, f)


def make_apt():
    with open(path(work, "deb/DEBIAN/control"), "w") as f:
        f.write("Package: teapot\nVersion: 1\nArchitecture: all\n"
                "Maintainer: t <t@t>\nDescription: a pot\n")
    deb = path(www, "apt/teapot_1_all.deb")
    subprocess.run(["dpkg-deb", "-b", work + "/deb", deb], check=True,
                   stdout=subprocess.DEVNULL)
    with open(deb, "rb") as f:
        data = f.read()
    with open(www + "/apt/Packages", "w") as f:
        f.write("Package: teapot\nVersion: 1\nArchitecture: all\n"
                "Maintainer: t <t@t>\nDescription: a pot\n"
                "Filename: ./teapot_1_all.deb\nSize: %d\nSHA256: %s\n\n"
                % (len(data), hashlib.sha256(data).hexdigest()))


# --- the clients ----------------------------------------------------------
def try_curl(tls, plain):
    for v in ("1.2", "1.3"):
        right(run("curl", "-sS", "--tls-max", v, "--tlsv" + v,
                  tls + "/hello"), "curl, TLS " + v, "hello")
    right(run("curl", "-sS", "-o", "got", tls + "/big"), "curl, much")
    right(run("cmp", "got", "sent"), "and every byte of it")
    right(run("curl", "-sS", plain + "/hello"), "curl, plain", "hello")
    right(run("curl", "-sS", plain + "/hello", plain + "/hello"),
          "curl, two plain requests", "hello\nhello")
    with open(work + "/sent", "rb") as f:
        want = hashlib.sha256(f.read()).hexdigest()
    for how, args in (("a body", []), ("100-continue",
                      ["-H", "Expect: 100-continue"]), ("chunks",
                      ["-H", "Transfer-Encoding: chunked"])):
        for base in (tls, plain):
            right(run("curl", "-sS", "--data-binary", "@sent", *args,
                      base + "/post"), "curl, %s by %s" % (
                          how, base.split(":")[0]), want)
    for base, says in ((tls, "response 403"), (plain, "An administrator "
                       'can add:  firewall { allow domain "no.test" port')):
        p = run("curl", "-sS",
                base.replace("api.test", "no.test") + "/hello")
        tap.ok(says in p.stdout and p.took < 5,
               "curl, %s to another name" % base.split(":")[0], p.stdout)
    p = run("curl", "-sSv", tls.replace("api.test", "no.test") + "/hello")
    refused(p, "its status line says why", "is not on the allowlist of this")
    refused(run("curl", "-sS", "--connect-to", "front.test:443:%s" %
                tls[8:], "https://front.test/hello"),
            "curl fronting: another name in TLS", "unrecognized name")


def try_git(tls, plain):
    for base, d in ((tls, "g1"), (plain, "g2")):
        right(run("git", "clone", "-q", base + "/repo.git", d),
              "git clone by " + base.split(":")[0])
        right(run("cat", d + "/file"), "and the file is there",
              "in the repository")
    refused(run("git", "clone", tls.replace("api", "no") + "/repo.git", "g3"),
            "git, another name", "403")


def try_pip(tls, plain):
    if run(PYTHON, "-m", "pip", "--version").returncode != 0:
        tap.skip("pip", "no pip for " + PYTHON)
        return
    for base in (tls, plain):
        right(run(PYTHON, "-m", "pip", "download", "--no-deps", "--no-cache",
                  "--retries", "0", "--trusted-host", "api.test:%s" %
                  base.split(":")[2], "-d", "pip", "-i", base + "/simple",
                  "teapot"), "pip by " + base.split(":")[0], "Saved")
        shutil.rmtree(work + "/pip", ignore_errors=True)
    refused(run(PYTHON, "-m", "pip", "download", "--retries", "1", "-i",
                tls.replace("api", "no") + "/simple", "teapot"),
            "pip, another name", "is not on the allowlist of this")


def try_npm(tls, plain):
    if shutil.which("npm") is None:
        tap.skip("npm", "no npm here")
        return
    for base in (tls, plain):
        make_npm(base)
        d = os.path.join(work, "npm" + base.split(":")[0])
        os.makedirs(d)
        right(run("npm", "install", "--prefix", d, "--cache", d + "/cache",
                  "--registry", base, "teapot"),
              "npm by " + base.split(":")[0], "added 1 package")
    refused(run("npm", "view", "--cache", work + "/npmc", "--registry",
                tls.replace("api", "no"), "teapot"), "npm, another name",
            "403")


def try_apt(plain):
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        tap.skip("apt-get", "no apt-get or dpkg-deb here")
        return
    make_apt()
    a = os.path.join(work, "aptstate")
    for d in ("lists/partial", "cache/archives/partial", "etc", "dpkg"):
        os.makedirs(os.path.join(a, d))
    open(a + "/dpkg/status", "w").close()

    def apt(host, *argv):
        with open(a + "/etc/list", "w") as f:
            f.write("deb [trusted=yes] %s/apt ./\n" %
                    plain.replace("api.test", host))
        return run("apt-get", "-o", "Dir::Etc::sourcelist=%s/etc/list" % a,
                   "-o", "Dir::Etc::sourceparts=-",
                   "-o", "Dir::State::Lists=%s/lists" % a,
                   "-o", "Dir::State::status=%s/dpkg/status" % a,
                   "-o", "Dir::Cache=%s/cache" % a,
                   "-o", "APT::Sandbox::User=root",
                   "-o", "Acquire::Languages=none", *argv)
    right(apt("api.test", "update"), "apt-get update", "Packages")
    right(apt("api.test", "download", "teapot"), "apt-get download")
    tap.ok(os.path.exists(work + "/teapot_1_all.deb"), "and it is there")
    p = apt("no.test", "update")
    tap.ok("is not on the allowlist of this" in p.stdout,
           "apt-get, another name", p.stdout)


def main():
    global PROXY
    for need in ("curl", "git", "openssl"):
        if shutil.which(need) is None:
            tap.skip_all("no %s here" % need)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048",
                    "-nodes", "-keyout", work + "/key.pem", "-out",
                    work + "/cert.pem", "-days", "2", "-subj", "/CN=api.test",
                    "-addext", "subjectAltName=DNS:api.test,DNS:front.test"],
                   check=True, stderr=subprocess.DEVNULL)
    make_files()
    make_git()
    make_pip()
    tls = "https://api.test:%d" % serve(1)
    plain = "http://api.test:%d" % serve(0)
    tunnel = subprocess.Popen([OBJ + "/test/tunnel", OBJ + "/libexec/egress",
                               "api.test=127.0.0.1"], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    PROXY = tunnel.stdout.readline().strip()
    try:
        try_curl(tls, plain)
        try_git(tls, plain)
        try_pip(tls, plain)
        try_npm(tls, plain)
        try_apt(plain)
        tap.ok(all(h.startswith("api.test:") for h in posted),
               "no server saw another host", posted)
    finally:
        tunnel.stdin.close()
        tunnel.wait()
        shutil.rmtree(work, ignore_errors=True)
    return tap.done()


sys.exit(main())
