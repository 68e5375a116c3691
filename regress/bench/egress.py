#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# What the tools' tunnel costs: connection to first byte, and throughput of TLS
# over one and 64 connections, each beside a direct connection to the same
# server on loopback.  Rounds alternate, so that a busy moment of the machine
# meets both; medians of the rounds.
#
#   OBJ=obj egress.py [-q]	prints JSON; -q: short, for a look
# measure(obj, ...) for bench.py.
import json
import os
import subprocess
import sys
from statistics import median

ROUNDS, TIMES, MS = 5, 400, 2000


class Child:
    """A program that says its port and lives until its input ends."""

    def __init__(self, *argv):
        self.proc = subprocess.Popen(argv, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, text=True)
        line = self.proc.stdout.readline()
        if not line.strip().isdigit():
            sys.exit("egress.py: %s did not start" % argv[0])
        self.port = line.strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.proc.stdin.close()
        self.proc.wait()


def ask(*argv):
    return json.loads(subprocess.run(argv, check=True, text=True,
                                     stdout=subprocess.PIPE).stdout)


def measure(obj, rounds=ROUNDS, times=TIMES, ms=MS):
    load = os.path.join(obj, "test/tlsload")
    got = {}

    def note(what, way, value):
        got.setdefault((what, way), []).append(value)

    with Child(load, "serve") as server, \
            Child(os.path.join(obj, "test/tunnel"),
                  os.path.join(obj, "libexec/egress"),
                  "api.test=127.0.0.1") as tunnel:
        ways = (("direct", "0"), ("tunnel", tunnel.port))
        for _ in range(rounds):
            for way, via in ways:
                a = ask(load, "latency", server.port, via, str(times))
                note("p50", way, a["p50"])
                note("p95", way, a["p95"])
            for conns in (1, 64):
                for way, via in ways:
                    a = ask(load, "bulk", server.port, via, str(conns),
                            str(ms))
                    note(conns, way, a["mb_s"])
    m = {k: median(v) for k, v in got.items()}
    share = {c: median(t / d for t, d in zip(got[c, "tunnel"],
                                             got[c, "direct"]))
             for c in (1, 64)}
    return {
        "connect_us": {w: {q: m[q, w] for q in ("p50", "p95")}
                       for w in ("direct", "tunnel")},
        "connect_added_us": m["p50", "tunnel"] - m["p50", "direct"],
        "mb_s": {str(c): {w: m[c, w] for w in ("direct", "tunnel")}
                 for c in (1, 64)},
        "share": {str(c): round(share[c], 3) for c in (1, 64)},
    }


if __name__ == "__main__":
    path = os.environ.get("OBJ", "obj")
    if sys.argv[1:] == ["-q"]:
        print(json.dumps(measure(path, 3, 200, 700), indent=1))
    else:
        print(json.dumps(measure(path), indent=1))
