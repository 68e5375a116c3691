# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Frame of the attacks in Python, run inside a sandbox by attacks.t.  Each
# prints one line:	ITEM|KIND|NAME|RESULT|ALLOWED
# RESULT is DONE, the errno's name, or words of the attack; ALLOWED lists the
# errnos that are right besides those every wall answers.  KIND is who may do
# it: never, ro (whoever may write in the workspace, so its twin), full (with
# full-access), ns (in namespaces), twin (everybody).
import ctypes
import errno
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
E = os.environ
WS, OUT, OTHER, STATE, EXTRA, READ = (E["T_" + k] for k in (
    "WS", "OUT", "OTHER", "STATE", "EXTRA", "READ"))
ROWS = []


def attack(item, kind, name, allowed=""):
    def add(fn):
        ROWS.append((item, kind, name, allowed, fn))
        return fn
    return add


def one(item, kind, name, fn, allowed=""):
    ROWS.append((item, kind, name, allowed, fn))


def sys_(nr, *args):
    """A system call by number; its result, or OSError."""
    a = [ctypes.c_long(x) if isinstance(x, int) else x for x in args]
    r = libc.syscall(ctypes.c_long(nr), *a)
    if r == -1:
        e = ctypes.get_errno()
        raise OSError(e, os.strerror(e))
    return r


def check(r):
    if r == -1:
        e = ctypes.get_errno()
        raise OSError(e, os.strerror(e))
    return r


def result(fn):
    try:
        r = fn()
        return r if isinstance(r, str) else "DONE"
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e))
    except Exception as e:              # a broken attack is no wall
        return "BROKEN " + repr(e).replace("|", "/").replace("\n", " ")


def in_child(fn):
    """The same in a child, for what may end the process."""
    def run():
        r, w = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.write(w, result(fn).encode())
            os._exit(0)
        os.close(w)
        text = b""
        while True:
            b = os.read(r, 4096)
            if not b:
                break
            text += b
        os.close(r)
        st = os.waitpid(pid, 0)[1]
        if os.WIFSIGNALED(st):
            return "SIGNAL %d" % os.WTERMSIG(st)
        if text == b"DONE":
            return None
        return text.decode()
    return run


def run_all():
    for item, kind, name, allowed, fn in ROWS:
        r = result(fn)
        print("|".join((item, kind, name, r, allowed)), flush=True)
    sys.exit(0)


def opened(path, flags, mode=0o600, dir_fd=None):
    os.close(os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK, mode,
                     dir_fd=dir_fd))
