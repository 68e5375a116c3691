# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Numbers from the fakes' records and from /proc, and the table they are
# printed in.  Times are microseconds in, milliseconds out.
import os


def quantile(values, q):
    v = sorted(values)
    return v[min(len(v) - 1, int(q * len(v)))] if v else None


def smaps(pid, key):
    """A line of smaps_rollup, in KiB."""
    with open("/proc/%d/smaps_rollup" % pid) as f:
        for line in f:
            if line.startswith(key + ":"):
                return int(line.split()[1])
    return 0


def wakeups(pid):
    """Voluntary context switches of all threads: times it was woken."""
    n = 0
    for tid in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/status" % (pid, tid)) as f:
            n += sum(int(line.split()[1]) for line in f
                     if line.startswith("voluntary"))
    return n


class Records:
    """What both fakes noted since a moment, with what belongs together."""

    def __init__(self, tg, api, since=0):
        self.tg = [r for r in tg.records() if r["t"] > since]
        self.api = [r for r in api.records() if r["t"] > since]

    def delivered(self):
        """{text: when its update left the server}"""
        when = {}
        for r in self.tg:
            if r["ev"] == "updates":
                for u in r["ids"]:
                    when[u] = r["t"]
        return when

    def requests(self):
        return [r for r in self.api if r["ev"] == "req" and
                r["method"] == "messages"]

    def sse(self, what):
        return {r["id"]: r["t"] for r in self.api if r.get("what") == what}

    def sends(self, method="sendMessage"):
        return [r for r in self.tg if r["ev"] == "req" and
                r["method"] == method]


class Table:
    ROW = "%-64s %8s %8s  %-42s %5s  %-7s %s"

    def __init__(self):
        self.rows, self.over = [], 0

    def add(self, what, median, p95, base, ratio_to, limit, judged):
        """judged: the number held against the limit, None where there is
        no limit."""
        fmt = lambda x: "-" if x is None else "%.2f" % x
        verdict = ""
        if limit is not None:
            bad = judged is None or judged > limit
            self.over += bad
            verdict = "OVER" if bad else "ok"
        ratio = "%.0fx" % (ratio_to / judged) if ratio_to and judged else ""
        self.rows.append((what, fmt(median), fmt(p95), base, ratio,
                          "" if limit is None else "<= %g" % limit, verdict))

    def show(self):
        print(self.ROW % ("figure", "median", "p95", "baseline", "ratio",
                          "limit", ""))
        for r in self.rows:
            print(self.ROW % r)
