# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# TAP, version 12: ok(), skip_all(), done().
import sys

count = 0
failed = 0


def ok(cond, name, diag=None):
    global count, failed
    count += 1
    print("%s %d - %s" % ("ok" if cond else "not ok", count, name))
    if not cond:
        failed += 1
        if diag is not None:
            text = diag() if callable(diag) else diag
            for line in str(text).splitlines():
                print("# " + line)
    sys.stdout.flush()
    return bool(cond)


def skip(name, why):
    global count
    count += 1
    print("ok %d - %s # SKIP %s" % (count, name, why), flush=True)


def note(text):
    for line in str(text).splitlines():
        print("# " + line, flush=True)


def skip_all(why):
    print("1..0 # SKIP " + why, flush=True)
    sys.exit(0)


def done():
    print("1..%d" % count, flush=True)
    return 1 if failed or count == 0 else 0
