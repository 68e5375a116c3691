# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Numbers from the fakes' records and from /proc, and the table they are
# printed in.  Times are microseconds in, milliseconds out.
import array
import json
import os

PAGE = os.sysconf("SC_PAGE_SIZE")
PRESENT, FRAME = 1 << 63, (1 << 55) - 1


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


def frames(pid):
    """Physical pages that a process maps."""
    found = set()
    with open("/proc/%d/maps" % pid) as maps, \
            open("/proc/%d/pagemap" % pid, "rb", buffering=0) as f:
        for line in maps:
            lo, hi = (int(n, 16) for n in line.split()[0].split("-"))
            if lo >= 1 << 47:
                continue        # vsyscall
            f.seek(lo // PAGE * 8)
            for e in array.array("Q", f.read((hi - lo) // PAGE * 8)):
                if e & PRESENT:
                    found.add(e & FRAME)
    return found


def own_pss(pids):
    """{name: KiB}: as Pss, but nobody outside of pids takes a share of a
    library: what is mapped counts in full, once."""
    maps = {n: frames(p) for n, p in pids.items()}
    users = {}
    for m in maps.values():
        for pfn in m:
            users[pfn] = users.get(pfn, 0) + 1
    return {n: sum(PAGE / 1024 / users[pfn] for pfn in m)
            for n, m in maps.items()}


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
    ROW = "%-58s %8s %8s  %-44s %6s  %-8s %s"

    def __init__(self):
        self.rows, self.over = [], 0

    def add(self, what, median, p95, base, ratio_to, limit, judged):
        """judged: the number held against the limit, None where there is
        no limit; ratio: how many times the baseline is ours."""
        met = None
        if limit is not None:
            met = judged is not None and judged <= limit
            self.over += not met
        self.rows.append({
            "figure": what, "median": median, "p95": p95, "baseline": base,
            "ratio": ratio_to / judged if ratio_to and judged and
            judged > 0 else None,
            "limit": limit, "judged": judged, "met": met})

    def show(self):
        num = lambda x: "-" if x is None else "%.2f" % x
        print(self.ROW % ("figure", "median", "p95", "baseline", "ratio",
                          "limit", "met"))
        for r in self.rows:
            print(self.ROW % (
                r["figure"], num(r["median"]), num(r["p95"]), r["baseline"],
                "" if r["ratio"] is None else "%.1fx" % r["ratio"],
                "" if r["limit"] is None else "<= %g" % r["limit"],
                {None: "", True: "yes", False: "NO"}[r["met"]]))

    def show_json(self):
        for r in self.rows:
            print(json.dumps(r))
