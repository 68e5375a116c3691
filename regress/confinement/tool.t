#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Real tool processes made by parent/tool/toolspawn.c: whose files they make, what
# they see, what they cannot do, and that nothing of them stays.
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "lib"))
import tooldrv                                          # noqa: E402
import kernel                                           # noqa: E402
from tooldrv import OWNER, PROBE, Scope, TOOL_UID, alive, tap  # noqa: E402

tooldrv.usable()
TOP = tempfile.mkdtemp(prefix="tooltest")
os.chmod(TOP, 0o755)


def folder(name, mode=0o755, uid=OWNER):
    path = os.path.join(TOP, name)
    os.makedirs(path, exist_ok=True)
    os.chown(path, uid, uid)
    os.chmod(path, mode)
    return path


def put(path, text, uid=OWNER, mode=0o644):
    with open(path, "w") as f:
        f.write(text)
    os.chown(path, uid, uid)
    os.chmod(path, mode)
    return path


def wait_gone(seconds=3, uid=TOOL_UID):
    end = time.time() + seconds
    while alive(uid) and time.time() < end:
        time.sleep(0.02)
    return alive(uid)


def scope_refusals():
    s = Scope(TOP + "/nowhere")
    tap.ok(s.why and "no such directory" in s.why and "\n" not in s.why,
           "a missing workspace stops the start with one line", s.why)
    s.close()
    s = Scope(folder("roots", uid=0))
    tap.ok(s.why and "belongs to root" in s.why and "\n" not in s.why,
           "so does root's", s.why)
    s.close()
    s = Scope("/usr/share")
    tap.ok(s.why and "system files" in s.why, "and one in /usr", s.why)
    s.close()
    s = Scope(put(TOP + "/afile", "x"))
    tap.ok(s.why and "not a directory" in s.why, "and a file", s.why)
    s.close()


def ownership(s, ws):
    put(ws + "/private", "secret\n", mode=0o600)
    put(ws + "/roots", "root\n", uid=0, mode=0o600)
    r = s.bash("cat private && echo hi > new && mkdir -p d/e && "
               "stat -c '%U %a' new . && cat roots")
    tap.ok("secret\ntool 644\ntool 755\n" in r["text"] and r["error"],
           "the tool is the owner inside, and not of root's files",
           r["text"])
    st = os.stat(ws + "/new")
    tap.ok((st.st_uid, st.st_gid) == (OWNER, OWNER) and
           os.stat(ws + "/d/e").st_uid == OWNER,
           "what it makes is the owner's on disk", st)
    r = s.call("Write", {"file_path": "sub/dir/f.txt", "content": "text"})
    tap.ok(not r["error"] and os.stat(ws + "/sub/dir/f.txt").st_uid == OWNER,
           "Write too", r)


def lifetime(s):
    s.bash("echo one > /tmp/kept; echo two > ~/kept; echo 3 > /dev/shm/k",
           conv=7)
    r = s.bash("cat /tmp/kept ~/kept /dev/shm/k", conv=7)
    tap.ok(r["text"] == "one\ntwo\n3\n",
           "/tmp and HOME last as long as the conversation", r["text"])
    r = s.bash("ls -A /tmp ~ | grep kept", conv=8)
    tap.ok(r["text"] == "exit status 1\n" or "kept" not in r["text"],
           "another conversation does not see them", r["text"])
    s.ask({"wipe": 7})
    r = s.bash("cat /tmp/kept", conv=7)
    tap.ok("No such file" in r["text"], "wiped, they are gone", r["text"])
    r = s.bash("cd /usr/share && export X=1", conv=9)
    tap.ok(r["cwd"] == "/usr/share", "the directory it ended in is told", r)
    r = s.bash("pwd; echo X=$X", conv=9, cwd=r["cwd"])
    tap.ok(r["text"] == "/usr/share\nX=\n", "and is all that is kept",
           r["text"])
    r = s.bash("touch ran; pwd", conv=9, cwd="/gone/away")
    tap.ok("nothing was run" in r["text"] and r["error"] and
           r["cwd"] == WS and not os.path.exists(WS + "/ran"),
           "in a directory that is gone nothing runs elsewhere", r)
    r = s.call("Glob", {"pattern": "*"}, conv=9, cwd="/gone/away")
    tap.ok("gone" in r["note"] and not r["error"],
           "what only reads does so in the workspace, with a note", r)


def limits(s):
    r = s.bash("for i in 1 2 3 4 5 6; do head -c 15000000 /dev/zero > "
               "/tmp/b$i || break; done; rm /tmp/b?")
    tap.ok("No space left" in r["text"], "the quota of /tmp holds",
           r["text"])
    r = s.bash("head -c 30000000 /dev/zero > big; stat -c %s big; rm big")
    tap.ok("20000000" in r["text"], "so does the limit of a file",
           r["text"])
    r = s.call("Write", {"file_path": "big", "content": "x" * 3000000})
    tap.ok(not r["error"], "Write within it", r)
    small = Scope(folder("small"), "-z", "100000")
    r = small.call("Write", {"file_path": "big", "content": "x" * 200000})
    tap.ok(r["error"] and "EFBIG" in r["text"] and
           os.listdir(TOP + "/small") == [], "and over it, in words", r)
    small.close()
    t = time.time()
    r = s.bash("yes | head -c 1000000000", quiet=True, output_max=100000,
               time_ms=60000)
    tap.ok(r["ended"] and not r["error"] and 90000 < r["total"] <= 100000,
           "1 GB of output is bounded (%.1f s)" % (time.time() - t), r)
    r = s.bash("yes | head -c 500000; echo THE END", output_max=20000)
    tap.ok("bytes cut" in r["text"] and
           r["text"].rstrip().endswith("THE END") and
           r["text"].startswith("y\ny\n") and r["total"] <= 20000,
           "head and tail are kept, the cut is said", r["text"][-200:])
    r = s.bash("x=$(head -c 900000000 /dev/zero | tr '\\0' x); echo ${#x}",
               time_ms=60000)
    tap.ok(r["ended"] and r["error"] and "900000000" not in r["text"],
           "memory is limited", r)
    r = s.bash("echo still here")
    tap.ok(r["text"] == "still here\n", "the next call works", r)


def killing(s):
    r = s.bash("sleep 60", time_ms=30000, kill_ms=300)
    tap.ok(r["signal"] == 9 and r["kill_ms"] < 1000,
           "a kill is done in %d ms" % r["kill_ms"], r)
    r = s.bash("trap '' TERM HUP INT; for i in $(seq 40); do "
               "(setsid sh -c 'trap \"\" TERM HUP; (sleep 300 &) ; "
               "sleep 300' &) ; done; sleep 300", kill_ms=700)
    tap.ok(r["signal"] == 9 and r["kill_ms"] < 1000 and
           not wait_gone(),
           "40 daemons that ignore TERM are gone with it (%d ms)" %
           r["kill_ms"], alive())
    n = s.start("Bash", {"command": ":(){ :|:& };: ; sleep 300"},
                kill_ms=1500)
    time.sleep(0.7)
    r = s.finish(n)
    tap.ok(r["signal"] == 9 and not wait_gone(),
           "a fork bomb is gone in %d ms" % r["kill_ms"], alive())
    tap.ok(r["kill_ms"] < 1000, "within a second", r)
    r = s.bash("sleep 300 & disown; (setsid sleep 301 &); echo done")
    tap.ok(r["text"] == "done\n" and r["wall_ms"] < 2000 and
           not wait_gone(),
           "what is left in the background dies with the call", alive())
    r = s.bash("echo before; sleep 30; echo after", time_ms=700)
    tap.ok("before" in r["text"] and "timed out" in r["note"] and
           r["error"] and r["outcome"] == 1 and r["wall_ms"] < 3000,
           "a timeout is a clear result with what came before", r)
    r = s.call("Bash", {"command": "sleep 30", "timeout": 300})
    tap.ok("timed out after 0.3 s" in r["note"], "so is its own timeout", r)
    n = s.start("Bash", {"command": "while :; do echo x; done"},
                closeout=True)
    r = s.finish(n)
    tap.ok(r["code"] == 1 and r["wall_ms"] < 3000,
           "a closed output ends the call", r)
    r = s.bash("kill -9 1; kill -9 -1; echo no", time_ms=5000)
    tap.ok(r["ended"], "it cannot kill its init", r)
    r = s.bash("sleep 60", time_ms=60000, spawn_ms=100)
    tap.ok(r["signal"] == 9 and 5000 <= r["ms"] < 7000 and not wait_gone(),
           "the parent ends a call that nobody ends, after %d ms" % r["ms"],
           r)
    r = s.bash("kill -SEGV $$")
    tap.ok("killed by signal 11" in r["text"] and r["error"],
           "a crash is told", r)


def jobs(s):
    r = s.call("Bash", {}, raw="garbage")
    tap.ok(r["outcome"] == 5 and r["error"], "a damaged job is refused", r)
    r = s.call("Bash", {}, raw="TCJ1")
    tap.ok(r["outcome"] == 5, "and one cut short", r)
    r = s.bash("echo no", jobtier="full-access")
    tap.ok(r["outcome"] == 5 and "tier" in r["text"],
           "and one of another tier", r)
    r = s.bash("echo no", tier="read-only")
    tap.ok(r["outcome"] == 5, "and a tool the tier does not have", r)
    r = s.call("WebSearch", {})
    tap.ok(r["outcome"] == 5, "and a tool that is not run here", r)
    for granted in ("Read", "Write", "WebSearch", "none"):
        r = s.bash("touch ran", granted=granted)
        tap.ok(r["outcome"] == 5 and "granted" in r["text"],
               "Bash, granted %s: refused" % granted, r)
    right = hashlib.sha256(b'\7\0{"command":"echo yes"}').hexdigest()
    r = s.bash("echo yes", bound=right)
    tap.ok(r["text"] == "yes\n", "bytes that a code was given for run", r)
    r = s.bash("echo yes", bound=right)
    tap.ok(r["text"] == "yes\n", "in a process made beforehand, too", r)
    for what, cmd, bound in (("others", "echo yes;touch ran", right),
                             ("one blank more", "echo yes ", right),
                             ("the bytes for another tool", "echo yes",
                              hashlib.sha256(b'\6\0{"command":"echo yes"}')
                              .hexdigest()),
                             ("in another directory", "echo yes",
                              hashlib.sha256(b'\7/tmp\0{"command":"echo yes"}')
                              .hexdigest()),
                             ("an empty digest", "touch ran", "00" * 32),
                             ("another digest", "echo yes",
                              hashlib.sha256(b"").hexdigest())):
        r = s.bash(cmd, bound=bound)
        tap.ok(r["outcome"] == 5 and "granted" in r["text"],
               "%s: refused" % what, r)
    r = s.bash("ls ran")
    tap.ok("No such file" in r["text"], "and none of them ran", r)
    r = s.bash("ls -l /proc/self/fd | wc -l; cat < /dev/stdin; "
               "ls /proc/1/fd 2>&1; echo x >&4; echo x > /proc/1/fd/4")
    tap.ok("cannot access '/proc/1/fd'" in r["text"] and
           "4: Bad file desc" in r["text"] and not r["broken"],
           "the command has no way to the tool's descriptors", r["text"])


# name of an attempt -> errnos that are right, besides EPERM
RIGHT = {
    "unknown call": ["ENOSYS"], "raw socket": ["ENOSYS"],
    "packet socket": ["EAFNOSUPPORT"], "vsock": ["EAFNOSUPPORT"],
    "alg socket": ["EAFNOSUPPORT"], "smc socket": ["EAFNOSUPPORT"],
    "mptcp socket": ["ENOSYS"], "unix datagram pair": ["ENOSYS"],
    "tcp public": ["ENETUNREACH"], "tcp metadata": ["ENETUNREACH"],
    "tcp localhost of the host": ["EINPROGRESS", "ECONNREFUSED"],
    "udp dns": ["ENETUNREACH"], "write /usr": ["EROFS", "EACCES"],
    "write /etc/passwd": ["EACCES", "EROFS"],
    "write /": ["EROFS", "EACCES"], "mknod": ["EACCES", "EROFS"],
}
FREE = ("own listener", "interface list")


def parse(text):
    out = {}
    for ln in text.splitlines():
        name, _, val = ln.rpartition(" ")
        out[name] = val
    return out


def judge(name, got, tier, fallback, framed):
    bad = []
    for k, v in got.items():
        where = k.split(":")[0]
        if k.startswith(("processes", "uid", "pid", "nnp")) or k in FREE:
            continue
        if k.startswith("ok ") or k == "done":
            good = v == "0"
        elif where == "shared":
            good = v == ("ENOSYS" if fallback else "0")
        elif where in ("workspace", "tmp"):
            bit = "setuid" in k or "setgid" in k
            writable = tier != "read-only" or where == "tmp"
            if bit:
                good = v in ("EPERM", "EROFS", "EACCES", "EEXIST")
            elif writable and not (fallback and tier == "read-only"):
                good = v == "0" or (k == "tmp: setxattr" and
                                    not kernel.tmpfs_xattr())
            elif writable or k.endswith(": read"):
                good = v in ("0", "EROFS")
            else:
                good = v in ("EROFS", "EACCES", "ENOENT")
        elif k.startswith("open "):
            good = v in ("ENOENT", "EACCES", "ENXIO", "EPERM") or \
                (framed and k.startswith("open /proc/1/"))
        else:
            good = v in ["EPERM"] + RIGHT.get(k, [])
        if not good:
            bad.append("%s %s" % (k, v))
    tap.ok(got.get("done") == "0" and len(got) > 90 and not bad,
           name + ": every wall holds, every twin works (%d tries)" %
           len(got), "\n".join(bad) or got)


def attacks():
    ws = folder("attack")
    run = folder("runtime", uid=0)
    bare = kernel.no_fallback()
    for fallback in (False, True) if bare is None else (False,):
        for tier in ("read-only", "write-local", "full-access"):
            put(ws + "/victim", "text\n")
            extra = ["-F", "-R", run] if fallback else []
            s = Scope(ws, *extra, tool=PROBE)
            r = s.call("Bash", {}, tier=tier)
            s.close()
            judge("%s%s" % (tier, ", no namespaces" if fallback else ""),
                  parse(r["text"]), tier, fallback, True)
            if tier == "read-only":
                tap.ok(open(ws + "/victim").read() == "text\n",
                       "  the file is as it was")
            if not fallback:
                tap.ok("processes visible 1" in r["text"] and
                       "pid 1\n" in r["text"] and "nnp 1" in r["text"] and
                       "uid %d gid %d groups 0" % (TOOL_UID, TOOL_UID) in
                       r["text"], "  alone, as its own user", r["text"])
    # As a command, behind the real tool.
    shutil.copy(PROBE, ws + "/probe")
    os.chmod(ws + "/probe", 0o755)
    put(ws + "/victim", "text\n")
    s = Scope(ws)
    r = s.bash("./probe")
    s.close()
    judge("a command of Bash", parse(r["text"]), "write-local", False,
          False)


ETC = {"alternatives", "apt", "ca-certificates", "crypto-policies", "group",
       "hostname", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d",
       "localtime", "mime.types", "nsswitch.conf", "passwd", "pki",
       "protocols", "resolv.conf", "services", "ssl", "timezone"}


def the_tree():
    ws = folder("home/ana/projects")
    read, extra, hidden = folder("lib"), folder("www"), folder("hidden")
    put(ws + "/probe.tree", "")
    for d in (read, extra, hidden):
        put(d + "/in", "x")
    args = ["-r", read, "-W", extra]
    for tier in ("read-only", "write-local", "full-access"):
        s = Scope(ws, *args, tool=PROBE)
        r = s.call("Bash", {}, tier=tier)
        s.close()
        lines = [ln.split(" ") for ln in r["text"].splitlines()]
        seen = {ln[1]: ln for ln in lines}
        top = {p.split("/")[1] for p in seen}
        tap.ok(top - {"bin", "sbin", "lib", "lib32", "lib64", "libx32"} ==
               {"usr", "etc", "dev", "proc", "tmp", "home"},
               tier + ": the root holds just what is listed", sorted(top))
        etc = {p.split("/")[2] for p in seen if p.startswith("/etc/")}
        tap.ok(not etc - ETC and not [p for p in seen if "private" in p],
               tier + ": /etc holds nothing that is not listed",
               sorted(etc - ETC))
        dev = {p for p in seen if p.startswith("/dev/")}
        tap.ok(dev == {"/dev/" + n for n in
                       ("null", "zero", "full", "random", "urandom", "fd",
                        "stdin", "stdout", "stderr", "shm")},
               tier + ": /dev", sorted(dev))
        pids = {p.split("/")[2] for p in seen if p.startswith("/proc/") and
                p.split("/")[2].isdigit()}
        tap.ok(pids == {"1"}, tier + ": /proc shows itself alone", pids)
        mine = {p for p in seen if p.startswith(("/tmp/", "/home/"))
                and seen[p][0] != "d"}
        want = {ws + "/probe.tree", read + "/in"}
        if tier == "full-access":
            want.add(extra + "/in")
        tap.ok(mine == want, tier + ": of the host's folders, those given",
               sorted(mine ^ want))
        can = {ln[1] for ln in lines if len(ln) > 2}
        right = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random",
                 "/dev/urandom", "/dev/shm", "/home/tool", "/tmp"}
        if tier != "read-only":
            right |= {ws, ws + "/probe.tree"}
        if tier == "full-access":
            right |= {extra, extra + "/in"}
        can = {p for p in can if not p.startswith(("/proc", "/dev/std"))}
        tap.ok(can == right, tier + ": writable is only what the tier says",
               sorted(can ^ right))


def deep_home():
    home = folder("deep", mode=0o700)
    ws = folder("deep/in/side")
    os.chmod(TOP + "/deep/in", 0o700)
    s = Scope(ws)
    r = s.bash("echo ok > f; cat f; ls %s" % TOP)
    tap.ok("ok\n" in r["text"] and os.stat(ws + "/f").st_uid == OWNER and
           "hidden" not in r["text"],
           "a workspace below a 0700 home works", r)
    s.close()
    return home


def boxes():
    ws, inbox = folder("ws3"), folder("inbox", mode=0o711, uid=64777)
    outbox = folder("outbox", mode=0o711, uid=64777)
    mine = folder("inbox/000000000000000b", mode=0o700, uid=64777)
    put(mine + "/photo", "picture", uid=64777, mode=0o600)
    s = Scope(ws, "-i", inbox, "-o", outbox)
    out = outbox + "/000000000000000b"
    r = s.bash("cat %s/photo; echo x > %s/photo; echo y > %s/out" %
               (mine, mine, out), conv=11)
    tap.ok(r["text"].startswith("picture") and "Read-only" in r["text"] and
           open(mine + "/photo").read() == "picture",
           "the inbox is read, not written", r["text"])
    tap.ok(os.stat(out + "/out").st_uid == 64777,
           "what goes to the outbox is its owner's")
    r = s.bash("cat %s/photo %s/out; echo z > %s/out; ls %s %s" %
               (mine, out, out, inbox, outbox), conv=12)
    tap.ok("picture" not in r["text"] and open(out + "/out").read() == "y\n"
           and "00000b" not in r["text"].replace(mine, "").replace(out, "")
           and "000000000000000c" in r["text"],
           "another conversation has others and sees no more", r["text"])
    r = s.bash("echo w > %s/planted; mkdir %s/dir; echo w > %s/planted" %
               (inbox, outbox, outbox), conv=12)
    tap.ok(r["text"].count("Read-only") == 3 and
           sorted(os.listdir(outbox)) == ["000000000000000b",
                                          "000000000000000c"],
           "nothing is made beside them", r["text"])
    r = s.call("Read", {"file_path": mine + "/photo"}, tier="read-only",
               conv=11)
    tap.ok("picture" in r["text"], "read-only reads the inbox", r["text"])
    # A link in the place of one that is to come leads nowhere.
    os.symlink(mine, inbox + "/000000000000000d")
    r = s.bash("ls %s/000000000000000d/ 2>&1" % inbox, conv=13)
    tap.ok("photo" not in r["text"], "a link is no conversation's inbox",
           r["text"])
    s.ask({"wipe": 12})
    tap.ok(sorted(os.listdir(outbox)) == ["000000000000000b",
                                          "000000000000000d"],
           "a wiped conversation's empty one goes", os.listdir(outbox))
    sock = os.path.join(ws, "agent.sock")
    import socket
    lst = socket.socket(socket.AF_UNIX)
    lst.bind(sock)
    lst.listen(1)
    os.chmod(sock, 0o777)
    r = s.bash("perl -MSocket -e 'socket(S,AF_UNIX,SOCK_STREAM,0) or "
               "die \"socket: $!\"; connect(S,pack_sockaddr_un(\"%s\")) "
               "and print \"IN\"'" % sock)
    tap.ok("IN" not in r["text"] and r["error"],
           "a socket of the owner in the workspace is out of reach", r)
    lst.close()
    s.close()


def file_systems():
    """Where a mapping is not possible, and where it is."""
    import subprocess
    low, up, work, mnt = (folder(n) for n in ("low", "up", "work", "mnt"))
    tmpfs = folder("tmpfs")
    put(low + "/f", "low")
    if subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                       "lowerdir=%s,upperdir=%s,workdir=%s" %
                       (low, up, work), mnt], capture_output=True).returncode:
        tap.skip("a workspace on overlayfs", "no overlayfs here")
    else:
        os.chown(mnt, OWNER, OWNER)
        s = Scope(mnt)
        r = s.bash("cat f; echo new > g; id -u") if not s.why else s.first
        err = s.close()
        subprocess.run(["umount", mnt], check=True)
        mapped = "%d\n" % TOOL_UID in r.get("text", "")
        tap.ok(r.get("text", "").startswith("low") and
               os.stat(up + "/g").st_uid == OWNER and
               (mapped or "no id-mapped mount" in err),
               "a workspace on overlayfs: %s" % (
                   "mapped" if mapped else "as its owner, and said so"),
               str(r) + err)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", tmpfs],
                   check=True)
    try:
        os.chown(tmpfs, OWNER, OWNER)
        nested = folder("tmpfs/nested")
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", nested], check=True)
        put(nested + "/inside", "x")
        s = Scope(tmpfs)
        r = s.bash("echo new > g; ls nested") if not s.why else s.first
        s.close()
        tap.ok(os.stat(tmpfs + "/g").st_uid == OWNER and
               "inside" not in r["text"],
               "on tmpfs; what is mounted below it is not seen", r)
    finally:
        subprocess.run(["umount", nested])
        subprocess.run(["umount", tmpfs])


def turned_paths():
    """Paths that whoever may write to the workspace can turn elsewhere."""
    real = folder("turned/real")
    os.symlink(real, TOP + "/turned/roots")
    s = Scope(TOP + "/turned/roots")
    r = s.bash("pwd; id -u") if not s.why else s.first
    s.close()
    tap.ok("%d\n" % TOOL_UID in r.get("text", ""),
           "a workspace behind root's symbolic link", r)
    for owner in (OWNER, TOOL_UID):
        os.makedirs(real + "/sub", exist_ok=True)
        if os.path.lexists(real + "/sub/way"):
            os.unlink(real + "/sub/way")
        os.symlink("/var", real + "/sub/way")
        os.chown(real + "/sub/way", owner, owner, follow_symlinks=False)
        s = Scope(real, "-r", real + "/sub/way/cache")
        tap.ok(s.why and "symbolic link" in s.why and "\n" not in s.why,
               "a path behind somebody else's is refused", s.why)
        s.close()
    # The workspace inside what may be read is still the workspace.
    home, ws = folder("turned/home"), folder("turned/home/ws")
    put(home + "/f", "x")
    s = Scope(ws, "-r", home)
    r = s.bash("cat ../f && echo y > g && ! echo z > ../h")
    s.close()
    tap.ok(r["text"].startswith("x") and not r["error"] and
           open(ws + "/g").read() == "y\n" and
           not os.path.exists(home + "/h"),
           "a workspace inside a path that may be read", r)
    # An outbox below the workspace is moved away between two calls.
    ws, out = folder("turned/ws2"), folder("turned/ws2/a/out")
    os.chown(ws + "/a", OWNER, OWNER)
    s = Scope(ws, "-o", out)
    r = s.bash("(cd a/out/* && echo x > f) && mv a b && mkdir a && "
               "ln -s /home/tool a/out && echo moved")
    tap.ok(r["text"] == "moved\n", "an outbox is moved away", r["text"])
    try:
        r = s.call("Read", {"file_path": ws + "/b/out"}, tier="read-only")
        err = s.close()
    except SystemExit as e:     # it was gone before it could be told its job
        r, err = {"ended": False}, str(e)
    tap.ok(not r["ended"] and ("cannot start in the sandbox" in err or
                               "Broken pipe" in err),
           "a read-only call does not take another place for it", (r, err))
    # So is what may only be read; the next conversation has a new /tmp.
    ws, ref = folder("turned/ws3"), folder("turned/ws3/a/ref")
    os.chown(ws + "/a", OWNER, OWNER)
    put(ref + "/f", "real")
    s = Scope(ws, "-r", ref)
    r = s.bash("cat a/ref/f && ! echo x > a/ref/f && mv a b && "
               "mkdir -p a/ref && echo fake > a/ref/f && echo moved")
    tap.ok(r["text"].startswith("real") and r["text"].endswith("moved\n"),
           "a path to read is moved away", r["text"])
    try:
        r = s.bash("cat %s/f; echo x > %s/g" % (ref, ref), conv=2)
    except SystemExit as e:		# it could not be made
        r = {"text": str(e)}
    s.close()
    tap.ok("Stale file handle" in r["text"] and
           not os.path.exists(ref + "/g"),
           "another conversation does not take another place for it", r)


def spares():
    ws = folder("ws4")
    s = Scope(ws)
    s.bash("true")
    time.sleep(0.1)
    n = alive(spares=True)
    tap.ok(len(n) == 1, "one spare waits after a call", n)
    r = s.bash("echo $PPID")
    tap.ok(r["text"] == "1\n", "and is used", r)
    time.sleep(0.1)
    r = s.bash("echo other", conv=2)
    tap.ok(r["text"] == "other\n", "a spare of another conversation is not",
           r)
    time.sleep(0.1)
    n = alive(spares=True)
    tap.ok(len(n) == 2, "each conversation has its own", n)
    s.ask({"soon": 3})
    time.sleep(0.1)
    made = set(alive(spares=True)) - set(n)
    tap.ok(len(made) == 1, "a turn that begins has one made", made)
    r = s.bash("echo first", conv=3)
    left = alive(spares=True)
    tap.ok(r["text"] == "first\n" and not made & set(left),
           "which its first call uses", left)
    s.ask({"wipe": 2})
    time.sleep(0.1)
    tap.ok(len(alive(spares=True)) == 2, "a wiped conversation has none",
           alive(spares=True))
    ids = [s.start("Bash", {"command": "sleep 0.3; echo %d" % i})
           for i in range(6)]
    texts = [s.finish(i)["text"] for i in ids]
    tap.ok(texts == ["%d\n" % i for i in range(6)], "six calls at once",
           texts)
    tap.ok(s.ask({"running": 1})["running"] == 0, "none is running now")
    err = s.close()
    tap.ok(not alive(spares=True) and "cannot" not in err,
           "the end of the scope is the end of the spare", err)


def memory_first(s):
    r = s.bash("cat /proc/self/oom_score_adj; "
               "echo -500 > /proc/self/oom_score_adj")
    tap.ok(r["text"].startswith("500\n") and "Read-only" in r["text"],
           "a tool is killed before others when memory ends", r["text"])


def programs(s):
    for cmd in ("git init -q g && cd g && git status -s", "perl -e 'print 1'",
                "python3 -c 'import json,ssl,multiprocessing as m;"
                "q=m.Queue();q.put(1);print(q.get())'",
                "echo a | tr a b > /dev/stderr", "find . | xargs ls -d",
                "tar cf - . | tar tf -", "date; locale; id",
                "f=$(mktemp) && echo x > $f && cat $f",
                "true; exec 3<>/dev/null; cat <(echo x)"):
        name = cmd.split()[0]
        if shutil.which(name) is None and name.isalnum():
            tap.skip(name + " works", name + " is not here")
            continue
        if name == "python3" and not os.path.exists("/usr/bin/python3"):
            tap.skip("python3 works", "python3 is not here")
            continue
        r = s.bash(cmd.replace("python3", "/usr/bin/python3"))
        tap.ok(not r["error"], "works: " + cmd[:50], r["text"])


def fallboxes():
    """Without namespaces Landlock alone tells conversations apart."""
    if kernel.no_fallback() is not None:
        return
    ws, run = folder("ws6"), folder("runtime3", uid=0)
    inbox = folder("fbin", mode=0o711, uid=64777)
    outbox = folder("fbout", mode=0o711, uid=64777)
    s = Scope(ws, "-F", "-R", run, "-i", inbox, "-o", outbox)
    out, mine = outbox + "/000000000000000b", inbox + "/000000000000000b"
    r = s.bash("echo y > %s/out && mkdir %s/d && echo z > %s/d/f && "
               "echo ok" % (out, out, out), conv=11)
    put(mine + "/photo", "picture", uid=64777, mode=0o640)
    os.chown(mine + "/photo", 64777, OWNER)     # as a set-group-id does
    st = [os.stat(p) for p in (inbox, mine, out)]
    tap.ok(r["text"] == "ok\n" and [x.st_gid for x in st] == [OWNER] * 3 and
           [x.st_uid for x in st] == [64777] * 3 and
           os.stat(out + "/out").st_gid == OWNER,
           "no namespaces: an outbox of the tools' group", (r, st))
    r = s.bash("cat %s/photo; echo x > %s/photo" % (mine, mine), conv=11)
    tap.ok(r["text"].startswith("picture") and "Permission denied" in
           r["text"], "  its inbox is read, not written", r["text"])
    r = s.bash("cat %s/photo %s/out; echo z > %s/out; ls %s" %
               (mine, out, out, outbox), conv=12)
    tap.ok(r["text"].count("Permission denied") == 4 and
           open(out + "/out").read() == "y\n",
           "  another conversation gets neither", r["text"])
    s.ask({"wipe": 11})
    end = time.time() + 5
    while time.time() < end and os.path.exists(out + "/d"):
        time.sleep(0.02)
    tap.ok(not os.path.exists(out + "/d"),
           "  what only the tools' user can remove goes when it is wiped",
           os.listdir(out) if os.path.exists(out) else "")
    s.close()


def fallback():
    bare = kernel.no_fallback()
    if bare is not None:
        tap.skip("tools without namespaces", bare)
        return
    ws, run = folder("ws5"), folder("runtime2", uid=0)
    s = Scope(ws, "-F", "-R", run)
    r = s.bash("echo x > f; echo y > $TMPDIR/kept; cat f; cat /etc/shadow; "
               "cat %s" % put(TOP + "/ana.txt", "owned by the owner"))
    tap.ok("x\n" in r["text"] and r["text"].count("Permission denied") == 2
           and os.stat(ws + "/f").st_uid == OWNER,
           "no namespaces: as the owner, with Landlock alone", r["text"])
    put("/dev/shm/tc-%d" % OWNER, "the owner's", mode=0o600)
    r = s.bash("cat /dev/shm/tc-%d" % OWNER)
    os.unlink("/dev/shm/tc-%d" % OWNER)
    tap.ok("Permission denied" in r["text"],
           "  the owner's shared memory is not the tools'", r["text"])
    r = s.bash("cat $TMPDIR/kept")
    tap.ok(r["text"] == "y\n", "  its /tmp is kept", r["text"])
    s.ask({"wipe": 1})
    r = s.bash("cat $TMPDIR/kept")
    tap.ok("No such file" in r["text"], "  and wiped", r["text"])
    r = s.bash("for i in $(seq 20); do (setsid sh -c '(sleep 300 &); "
               "sleep 300' &); done; sleep 300", kill_ms=800)
    tap.ok(r["signal"] == 9 and not wait_gone(uid=OWNER),
           "  daemons die with a killed call (%d ms)" % r["kill_ms"],
           alive(OWNER))
    r = s.bash("(setsid sleep 300 &); echo done")
    time.sleep(0.1)
    tap.ok(r["text"] == "done\n", "  and with one that ends", r)
    # A process that is not dumpable belongs to root as far as /proc goes.
    r = s.bash("/usr/bin/python3 -c 'import ctypes, os, time\n"
               "if os.fork() == 0:\n"
               "  os.setsid(); ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\n"
               "  time.sleep(300)\n"
               "time.sleep(300)'", kill_ms=1200)
    tap.ok(r["signal"] == 9 and not wait_gone(uid=OWNER),
           "  nor does one that hides its owner", alive(OWNER))
    deep(s, run)
    s.close()
    tap.ok(not wait_gone(uid=OWNER), "  nothing is left", alive(OWNER))
    tap.ok(os.listdir(run + "/tmp-telegram") == [], "  no file either")
    survivors(ws, run)


def deep(s, run):
    """A directory that does not want to be removed, with ways out of it."""
    out = folder("outside")
    put(out + "/precious", "kept")
    r = s.bash("cd $TMPDIR && for i in $(seq 150); do mkdir d && cd d; done; "
               "cd $TMPDIR && mkdir shut && ln -s %s shut/way && echo x > "
               "shut/f && chmod 0 shut && ln -s %s way && echo made" %
               (out, out))
    tap.ok(r["text"] == "made\n", "  a deep, closed directory", r["text"])
    s.ask({"wipe": 1})
    left, end = ["?"], time.time() + 5
    while left and time.time() < end:
        time.sleep(0.02)
        left = os.listdir(run + "/tmp-telegram")
    tap.ok(not left and os.path.exists(out + "/precious"),
           "  is wiped, and what its links point at is not", left)


def survivors(ws, run):
    s = Scope(ws, "-F", "-R", run, init=False)
    tap.ok(s.why and "must be process 1" in s.why and "\n" not in s.why,
           "no namespaces, not process 1, the owner's uid: no start", s.why)
    s.close()
    own = folder("ws6", uid=TOOL_UID)
    left = subprocess.Popen(["sleep", "300"], user=TOOL_UID, group=TOOL_UID)
    s = Scope(own, "-F", "-R", run, init=False)
    tap.ok(not s.why and left.wait(5) == -9,
           "with a user of its own: what is left of it is killed first",
           s.why)
    r = s.bash("id -u")
    tap.ok(r["text"] == "%d\n" % TOOL_UID, "  and tools run", r["text"])
    s.close()


try:
    scope_refusals()
    WS = folder("ws")
    main = Scope(WS, "-m", str(512 << 20), "-z", "20000000", "-n", "200")
    ownership(main, WS)
    lifetime(main)
    limits(main)
    jobs(main)
    memory_first(main)
    programs(main)
    killing(main)
    main.close()
    attacks()
    the_tree()
    deep_home()
    boxes()
    fallboxes()
    file_systems()
    turned_paths()
    spares()
    fallback()
finally:
    shutil.rmtree(TOP, ignore_errors=True)
sys.exit(tap.done())
