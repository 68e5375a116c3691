# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# A world of its own for the whole family: pid, mount and network namespaces,
# the users, a trust root made for the occasion, name service, and the servers
# at their real names and port 443 in a second network namespace.  All of it
# ends with the process; nothing of it is on a disk.  Needs root.
import os
import signal
import socket
import subprocess
import sys
import time

W = "/run/tc"                   # on a tmpfs only this world sees
NET = "203.0.113."              # TEST-NET-3: public as far as rules go
HOME_ADDR, TG_ADDR, API_ADDR, WEB_ADDR, DNS_ADDR = (
    NET + n for n in ("1", "10", "20", "30", "53"))
USERS = ["_tcrelay", "_tcgate", "_tcaudit", "_tckeeper", "_tctotp", "_tcdns",
         "_tctgagent", "_tctgrunner", "_tctgtool", "_tcmbagent",
         "_tcmbrunner", "_tcmbtool", "_tcegress"]
OWNER, OWNER_UID = "ana", 60200
TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../../.."))


def obj():
    return os.path.realpath(os.environ.get("OBJ", os.path.join(TOP, "obj")))


def run(*argv, **kw):
    return subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, **kw)


def missing():
    """What this machine lacks, as one line, or None."""
    if os.geteuid() != 0:
        return "needs root"
    probe = subprocess.run(
        ["unshare", "-m", "-n", "-p", "-f", "ip", "link", "add", "tcx0",
         "type", "veth", "peer", "name", "tcx1"], capture_output=True)
    if probe.returncode != 0:
        return "needs namespaces and veth: " + \
            probe.stderr.decode(errors="replace").strip()
    return None


def _kill(pid, sig):
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        pass


def _init():
    """Process 1 of the world: reaps, ends with the child's status."""
    child = os.fork()
    if child == 0:
        return
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, lambda s, _: _kill(child, s))
    while True:
        try:
            pid, status = os.wait()
        except InterruptedError:
            continue
        if pid == child:
            os._exit(os.waitstatus_to_exitcode(status) & 0xff)


def enter():
    """Run the calling script again inside a world; returns there."""
    if os.environ.get("TC_WORLD") == "1":
        os.environ["TC_WORLD"] = "in"
        _init()
        _setup()
        return
    env = dict(os.environ, TC_WORLD="1")
    os.execvpe("unshare", ["unshare", "-m", "-n", "-p", "-f", "--kill-child",
                           "--mount-proc", sys.executable] + sys.argv, env)


def _overlay(path, text):
    new = W + "/etc" + path.replace("/", "_")
    with open(new, "w") as f:
        f.write(text)
    os.chmod(new, 0o644)
    if os.path.isfile(path):
        run("mount", "--bind", new, os.path.realpath(path))
        return True
    return False


def _users():
    # Those of an installed telclauded have other numbers.
    passwd, group = ("".join(
        line for line in open(path) if line.split(":")[0] not in
        USERS + [OWNER, "telclaude"]) for path in ("/etc/passwd",
                                                   "/etc/group"))
    for i, name in enumerate(USERS + [OWNER]):
        uid = OWNER_UID if name == OWNER else 60101 + i
        passwd += "%s:x:%d:%d::%s:/usr/sbin/nologin\n" % (
            name, uid, uid, "/var/empty")
        group += "%s:x:%d:\n" % (name, uid)
    group += "telclaude:x:60100:\n"
    _overlay("/etc/passwd", passwd)
    _overlay("/etc/group", group)


def _setup():
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tc", "/run")
    for d in ("", "/etc", "/tls", "/home", "/home/ana",
              "/home/ana/projects"):
        os.mkdir(W + d)
    for d in ("/home/ana", "/home/ana/projects"):
        os.chmod(W + d, 0o700)
        os.chown(W + d, OWNER_UID, OWNER_UID)
    _users()
    run("ip", "link", "set", "lo", "up")
    _servers_net()
    _resolv()


SERVERS = None                  # process that holds the servers' namespace


def _servers_net():
    global SERVERS
    SERVERS = subprocess.Popen(["unshare", "-n", "sleep", "infinity"])
    mine = os.readlink("/proc/self/ns/net")
    ns = "/proc/%d/ns/net" % SERVERS.pid
    while os.readlink(ns) == mine:
        time.sleep(0.002)
    run("ip", "link", "add", "f0", "type", "veth", "peer", "name", "s0",
        "netns", str(SERVERS.pid))
    run("ip", "addr", "add", HOME_ADDR + "/24", "dev", "f0")
    run("ip", "link", "set", "f0", "up")
    run("ip", "route", "add", "default", "via", TG_ADDR)
    for a in (TG_ADDR, API_ADDR, WEB_ADDR, DNS_ADDR):
        inside("ip", "addr", "add", a + "/24", "dev", "s0")
    inside("ip", "link", "set", "s0", "up")
    inside("ip", "link", "set", "lo", "up")


def in_servers(*argv):
    return ["nsenter", "--net=/proc/%d/ns/net" % SERVERS.pid] + list(argv)


def inside(*argv):
    run(*in_servers(*argv))


RESOLV_CONF = False             # the system's file points at our server


def _resolv():
    global RESOLV_CONF
    RESOLV_CONF = _overlay("/etc/resolv.conf",
                           "nameserver %s\n" % DNS_ADDR)


NAMES = {"api.telegram.org": TG_ADDR, "api.anthropic.com": API_ADDR,
         "example.org": WEB_ADDR}
_dns = None


def start_dns():
    """A real name server that knows NAMES and nothing else."""
    global _dns
    _dns = subprocess.Popen(in_servers(
        "dnsmasq", "-k", "-C", "/dev/null", "--no-resolv", "--no-hosts",
        "--user=root", "--pid-file=", "--bind-interfaces",
        "--listen-address=" + DNS_ADDR, "--local-ttl=60",
        "--address=/#/",
        *["--host-record=%s,%s" % kv for kv in NAMES.items()]))
    for _ in range(500):
        try:
            socket.create_connection((DNS_ADDR, 53), 1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError("dnsmasq does not answer")


def make_tls():
    """A CA, and a certificate a server; made now, gone with the world."""
    t = W + "/tls/"
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    quiet = dict(stderr=subprocess.DEVNULL)
    run("openssl", "req", "-x509", *key, "-keyout", t + "ca.key", "-out",
        t + "ca.pem", "-days", "2", "-subj", "/CN=telclauded test CA",
        "-addext", "basicConstraints=critical,CA:TRUE",
        "-addext", "keyUsage=critical,keyCertSign", **quiet)
    for name in NAMES:
        run("openssl", "req", "-x509", *key, "-keyout", t + name + ".key",
            "-out", t + name + ".pem", "-days", "2", "-subj", "/CN=" + name,
            "-addext", "subjectAltName=DNS:" + name,
            "-addext", "basicConstraints=critical,CA:FALSE",
            "-CA", t + "ca.pem", "-CAkey", t + "ca.key", **quiet)
    os.chmod(t + "ca.pem", 0o644)
