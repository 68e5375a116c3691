# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# A name server of a few fixed names, UDP and TCP: dns.py ADDR NAME=ADDR ...
# A query for another name is NXDOMAIN, for another type an empty answer.
import selectors
import socket
import struct
import sys

names = dict(a.split("=") for a in sys.argv[2:])


def question(q):
    labels, i = [], 12
    while q[i]:
        labels.append(q[i + 1:i + 1 + q[i]].decode("latin-1").lower())
        i += q[i] + 1
    return ".".join(labels), struct.unpack(">H", q[i + 1:i + 3])[0], i + 5


def answer(q):
    name, qtype, end = question(q)
    known = name in names
    rr = b""
    if known and qtype == 1:
        rr = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + \
            socket.inet_aton(names[name])
    flags = 0x8180 | (0 if known else 3)
    return q[:2] + struct.pack(">HHHHH", flags, 1, 1 if rr else 0, 0, 0) + \
        q[12:end] + rr


udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
for s in (udp, tcp):
    s.bind((sys.argv[1], 53))
tcp.listen(16)
print("ready", flush=True)
sel = selectors.DefaultSelector()
sel.register(udp, selectors.EVENT_READ)
sel.register(tcp, selectors.EVENT_READ)
while True:
    for key, _ in sel.select():
        try:
            if key.fileobj is udp:
                q, peer = udp.recvfrom(4096)
                udp.sendto(answer(q), peer)
            else:
                c, _ = tcp.accept()
                with c:
                    c.settimeout(2)
                    q = c.recv(65536)
                    a = answer(q[2:])
                    c.sendall(struct.pack(">H", len(a)) + a)
        except (IndexError, OSError, struct.error):
            continue
