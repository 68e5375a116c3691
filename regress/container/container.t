#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# In a real container of Docker, as the seed's compose file has it: every
# capability dropped and six added, read-only root, tmpfs for /tmp and /run,
# no-new-privileges, Docker's own system call filter and DNS.  The image is
# made of this build and of this machine's libraries.
import glob
import json
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "../e2e/lib"))
import session
import tap
import world
from fakes import text, tool
from family import ANA, config
from session import PROJECTS, project

CAPS = ("NET_ADMIN", "DAC_OVERRIDE", "CHOWN", "FOWNER", "SETUID", "SETGID")
ROOT, SOCK = world.W + "/image", "unix://" + world.W + "/docker.sock"
PROGRAMS = ("bash", "cat", "id", "sleep", "grep", "touch", "kill")
SYSTEM = "/bin:/usr/bin:/sbin:/usr/sbin"


def which(name):
    return shutil.which(name, path=SYSTEM)


def docker(*args, **kw):
    kw.setdefault("timeout", 60)
    return subprocess.run([which("docker"), "-H", SOCK, *args],
                          capture_output=True, text=True, **kw)


def must(r, what):
    if r.returncode != 0:
        tap.skip(what, (r.stderr.strip() or r.stdout.strip())
                 .replace("\n", " ")[-300:])
        sys.exit(tap.done())
    return r.stdout


def daemon():
    """dockerd in this world's network; None, or why it does not run."""
    log = open(world.W + "/dockerd.log", "w")
    data = world.W + "/docker"
    os.mkdir(data)
    # A file system of its own: overlays do not lie on overlays.
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=711", "tc", data])
    p = subprocess.Popen(
        [which("dockerd"), "-H", SOCK, "--data-root", data + "/data",
         "--exec-root", data + "/exec", "--pidfile", data + "/pid",
         "--bip", "198.18.7.1/24", "--default-address-pool",
         "base=198.18.64.0/18,size=24"], stdout=log, stderr=log,
        env={"PATH": SYSTEM})
    end = time.time() + 30
    while time.time() < end and p.poll() is None:
        if docker("version").returncode == 0:
            return p, None
        time.sleep(0.1)
    last = open(world.W + "/dockerd.log").read().strip().splitlines()
    return p, "dockerd: " + (last[-1] if last else "silent")


def libraries(files):
    out = set()
    for f in files:
        r = subprocess.run(["ldd", f], capture_output=True, text=True)
        for line in r.stdout.splitlines():
            for word in line.split():
                if word.startswith("/") and os.path.exists(word):
                    out.add(word)
    return out


def image():
    o = world.obj()
    lib = ROOT + "/usr/local/libexec/telclaude/"
    for d in ("/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib64", "/etc/ssl",
              "/proc", "/sys", "/dev", "/tmp", "/run", "/var/lib/telclaude",
              "/etc/telclaude", "/workspace", "/usr/local/sbin", lib[len(
                  ROOT):]):
        os.makedirs(ROOT + d)
    for link in ("bin", "sbin", "lib", "lib64"):
        os.symlink("usr/" + link, ROOT + "/" + link)
    os.symlink("bash", ROOT + "/usr/bin/sh")
    files = [which(p) for p in PROGRAMS]
    for f in files:
        shutil.copy(f, ROOT + "/usr/bin")
    for f in ("telclauded", "telclaudectl"):
        shutil.copy(o + "/bin/" + f, ROOT + "/usr/local/sbin")
        files.append(o + "/bin/" + f)
    for f in os.listdir(o + "/libexec"):
        shutil.copy(o + "/libexec/" + f, lib)
        files.append(lib + f)
    for f in libraries(files):
        dst = ROOT + ("/usr" if not f.startswith("/usr") else "") + f
        os.makedirs(os.path.dirname(dst), exist_ok=True)
        shutil.copy(f, dst)
    for f in ("passwd", "group"):
        with open("/etc/" + f) as src, open(ROOT + "/etc/" + f, "w") as dst:
            dst.write("".join(
                line for line in src
                if line.split(":")[0] in ("root", "telclaude", world.OWNER) or
                line.startswith("_tc")))
    with open(ROOT + "/etc/nsswitch.conf", "w") as f:
        f.write("passwd: files\ngroup: files\nhosts: files dns\n")
    tar = subprocess.Popen(["tar", "-C", ROOT, "-c", "."],
                           stdout=subprocess.PIPE)
    return docker("import", "-", "telclauded:test", stdin=tar.stdout)


def settings():
    """The configuration as the container sees it."""
    # Its commands are no accidents.
    c = config(top="filter {\n\tcareful off\n}\n").replace(world.W + "/home/ana/projects", "/workspace")
    for line in ('state "%s/state"\n' % world.W,
                 'runtime "%s/run"\n' % world.W):
        c = c.replace(line, "")
    os.mkdir(world.W + "/etc-tc")
    for f in ("bot.token", "api.key", "totp.key"):
        shutil.move(world.W + "/" + f, world.W + "/etc-tc/" + f)
    shutil.copy(world.W + "/tls/ca.pem", world.W + "/etc-tc/ca.pem")
    c = c.replace(world.W + "/tls/", "/etc/telclaude/").replace(
        world.W + "/", "/etc/telclaude/")
    # Docker's own name server is asked, as /etc/resolv.conf there says.
    c = "\n".join(line for line in c.splitlines()
                  if not line.startswith("firewall {"))
    with open(world.W + "/etc-tc/telclauded.conf", "w") as f:
        f.write(c)


def run():
    caps = ["--cap-add=" + c for c in CAPS]
    return docker(
        "run", "-d", "--name", "telclauded", "--network", "tc",
        "--cap-drop=ALL", *caps, "--security-opt", "no-new-privileges",
        "--read-only", "--tmpfs", "/tmp:mode=1777,size=64m", "--tmpfs",
        "/run:mode=755,size=8m",
        "-v", world.W + "/etc-tc:/etc/telclaude:ro",
        "-v", world.W + "/home/ana/projects:/workspace",
        "-v", "tc-state:/var/lib/telclaude",
        "telclauded:test", "/usr/local/sbin/telclauded", "-d", "-f",
        "/etc/telclaude/telclauded.conf")


def logs():
    r = docker("logs", "telclauded")
    return r.stdout + r.stderr


def wait_log(words, seconds):
    end = time.time() + seconds
    while time.time() < end:
        if words in logs():
            return True
        time.sleep(0.1)
    return False


def ask(what, expect):
    last = max([m["message_id"] for m in tg.chat(ANA)["messages"]] or [0])
    tg.say(ANA, what)
    tg.answer(ANA, expect, after=last, timeout=15)
    return "\n".join(tg.bot_texts(ANA, last))


def cgroups():
    """What Docker leaves behind: its empty parents."""
    return set(glob.glob("/sys/fs/cgroup/docker") +
               glob.glob("/sys/fs/cgroup/*/docker"))


if os.environ.get("TC_WORLD") is None:
    for name in ("dockerd", "docker", "containerd", "runc", "iptables"):
        if which(name) is None:
            tap.skip_all("no %s here (Debian's docker.io has it)" % name)
tg, api = session.begin()
api.rules(
    {"text": "who", "reply": [tool("Bash", command="id -u; echo new > g; "
                                   "cat /etc/telclaude/api.key; "
                                   "cat /proc/1/environ; touch /etc/x; "
                                   "kill -9 1")]},
    {"text": "who", "result": "", "reply": [text("It is: ${result} end")]},
    {"text": "net", "reply": [tool("Bash", command=(
        "for a in %s/443 %s/80 127.0.0.11/53 169.254.169.254/80; do "
        "(: < /dev/tcp/$a) && echo OPEN $a; done" % (
            world.API_ADDR, world.WEB_ADDR)))]},
    {"text": "net", "result": "", "reply": [text("Net: ${result} end")]},
)
project("f", "x")
BEFORE = cgroups()
dockerd, why = daemon()
if why:
    tap.skip("a container", why.replace("\n", " "))
    dockerd.kill()
    dockerd.wait()
    sys.exit(tap.done())
try:
    must(docker("network", "create", "tc"), "a network of Docker's")
    must(image(), "an image")
    settings()
    must(run(), "a container")
    up = wait_log(" up in ", 20)
    tap.ok(up, "it starts with the seed's capabilities, a read-only root and "
           "no-new-privileges", logs)
    pid = int(must(docker("inspect", "-f", "{{.State.Pid}}", "telclauded"),
                   "its process"))
    with open("/proc/%d/status" % pid) as f:
        st = dict(line.split(":\t", 1) for line in f if ":\t" in line)
    tap.ok(st["NSpid"].split()[-1] == "1" and st["NoNewPrivs"].strip() == "1"
           and st["Seccomp"].strip() == "2", "as process 1, behind Docker's "
           "own filter", st)
    r = subprocess.run(["nsenter", "--net=/proc/%d/ns/net" % pid, "nft",
                        "list", "table", "inet", "telclaude"],
                       capture_output=True, text=True)
    tap.ok(r.returncode == 0 and "owner" in r.stdout,
           "the firewall stands in its network namespace",
           r.stdout + r.stderr)
    r = docker("exec", "telclauded", "telclaudectl", "-j", "status")
    try:
        status = json.loads(r.stdout)
    except ValueError:
        status = {}
    tap.ok(status.get("firewall", {}).get("sentinel") is True and
           status["firewall"]["owned"] is True,
           "the sentinel is there, and status says so", r.stdout + r.stderr)
    layers = {o["layer"] for o in status.get("sandbox", {}).get("weaker", [])}
    tap.ok({"network", "view", "namespaces", "bounding", "root"} <= layers,
           "status says what is weaker in a container", sorted(layers))
    tap.note("weaker: " + ", ".join(sorted(layers)))
    got = ask("who", " end")
    tap.ok(str(world.OWNER_UID) in got and
           os.stat(PROJECTS + "/g").st_uid == world.OWNER_UID,
           "a message is answered; Bash runs as the workspace's owner",
           "%s\n%s" % (got, logs()[-4000:]))
    tap.ok("sk-ant" not in got and got.count("Permission denied") +
           got.count("Read-only file system") >= 3 and
           "not permitted" in got, "confined: no key, no /proc of process 1, "
           "no write elsewhere, no signal", got)
    got = ask("net", " end")
    tap.ok("Net:" in got and "OPEN" not in got, "and without a network", got)
    must(docker("stop", "-t", "20", "telclauded"), "its end")
    r = docker("inspect", "-f", "{{.State.ExitCode}}", "telclauded")
    tap.ok(r.stdout.strip() == "0", "docker stop ends it with status 0",
           r.stdout + logs()[-2000:])
finally:
    dockerd.terminate()
    try:
        dockerd.wait(20)
    except subprocess.TimeoutExpired:
        dockerd.kill()
        dockerd.wait()
    for d in cgroups() - BEFORE:
        try:
            os.rmdir(d)
        except OSError:
            pass
session.finish("container", tg, api)
