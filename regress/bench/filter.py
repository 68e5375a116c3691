#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The output filter's speed beside its limits: ordinary text, and the slowest
# of the texts that are made to be slow.
import os
import subprocess
import sys

ORDINARY, HOSTILE = 200, 5
out = subprocess.run([os.environ["OBJ"] + "/test/filterload", *sys.argv[1:]],
                     capture_output=True, text=True, check=True).stdout
rows = [(name, float(mb)) for name, mb in
        (line.split("\t") for line in out.splitlines())]
bad = 0
for name, mb in rows:
    limit = HOSTILE if name.startswith("hostile") else \
        ORDINARY if name == "ordinary text" else None
    met = "" if limit is None else "yes" if mb >= limit else "NO"
    bad += met == "NO"
    print("filter: %-36s %8.1f MB/s %8s %s" % (
        name, mb, "" if limit is None else ">= %d" % limit, met))
sys.exit(1 if bad else 0)
