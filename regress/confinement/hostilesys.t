#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# A hostile agent turns to the kernel: its descriptors, its files, and every
# system call that could lead out of its cage.  What the cage forbids ends it
# by SIGSYS, and the log says which; the rest gets the errno the cage names.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import hostile
import session
import tap
import world
from hostile import ADMIN, ANA, BEN, Hostile, twin

STATE = world.W + "/state"
DEADLY = """
socket 1 1 0
socket 2 1 0
socket 2 2 0
socket 2 3 0
socket 16 3 0
socket 17 3 0
socketpair 1 1 0 &
connect 3 & 16
bind 3 & 16
listen 3 1
accept 3 0 0
accept4 3 0 0 0
sendto 3 & 1 0 & 16
recvfrom 3 & 1 0 0 0
sendmmsg 3 & 1 0
setsockopt 3 1 2 & 4
execve "/bin/sh & &
execveat -1 "/bin/sh & & 0
fork
vfork
clone 17 0 0 0 0
clone 268435456 0 0 0 0
clone3 & 88
kill {relay} 9
kill {parent} 9
kill -1 9
kill 0 0
tkill {gate} 9
tgkill {gate} {gate} 9
rt_sigqueueinfo {gate} 9 &
pidfd_open {gate} 0
pidfd_send_signal 3 9 0 0
pidfd_getfd 3 3 0
ptrace 16 {gate} 0 0
ptrace 0 0 0 0
process_vm_readv {gate} & 1 & 1 0
process_vm_writev {gate} & 1 & 1 0
process_madvise 3 & 1 0 0
kcmp {gate} {relay} 0 3 3
prlimit64 {gate} 0 0 &
setrlimit 7 &
mmap 0 4096 7 34 -1 0
mmap 0 4096 5 34 -1 0
mmap 0 4096 4 1 8 0
mprotect & 4096 5
mprotect & 4096 7
pkey_mprotect & 4096 5 0
remap_file_pages & 4096 4 0 0
memfd_create "x 0
memfd_secret 0
shmget 1 4096 950
shmat 0 0 0
msgget 1 950
semget 1 1 950
mq_open "/x 66 384 0
io_uring_setup 8 &
io_uring_enter 3 1 0 0 0 0
io_uring_register 3 0 0 0
userfaultfd 0
bpf 0 & 64
perf_event_open & 0 -1 -1 0
keyctl 0 -3 0
add_key "user "a "b 1 -3
request_key "user "a 0 -3
dup 3
dup2 3 9
dup3 3 9 0
fcntl 3 0 0
fcntl 3 1030 0
fcntl 3 8 {relay}
fcntl 3 1033 14
pipe &
pipe2 & 0
eventfd2 0 0
timerfd_create 0 0
signalfd4 -1 & 8 0
inotify_init1 0
fanotify_init 0 0
epoll_create1 0
splice 3 0 4 0 16 0
tee 3 4 16 0
vmsplice 4 & 1 0
sendfile 3 4 0 16
copy_file_range 3 0 4 0 16 0
mount "none "/ "tmpfs 0 0
umount2 "/ 0
pivot_root "/ "/
chroot "/
chdir "/
fchdir 3
unshare 268435456
unshare 1073741824
setns 3 0
open_tree -100 "/ 1
move_mount 3 " 3 " 0
fsopen "tmpfs 0
mount_setattr -1 "/ 0 & 32
setuid 0
setgid 0
setreuid 0 0
setresuid 0 0 0
setgroups 0 &
setfsuid 0
capset & &
capget & &
personality 0
arch_prctl 4098 &
modify_ldt 1 & 16
iopl 3
ioperm 0 1 1
setsid
setpgid 0 0
getppid
setpriority 0 0 -5
sched_setaffinity 0 8 &
sched_setscheduler 0 1 &
seccomp 0 0 0
landlock_create_ruleset & 8 0
init_module & 1 "
finit_module 3 " 0
delete_module "x 0
kexec_load 0 0 0 0
reboot 1 2 3 0
settimeofday & 0
clock_settime 0 &
adjtimex &
sethostname "x 1
swapon "/x 0
quotactl 0 0 0 0
acct 0
syslog 3 & 16
open_by_handle_at -100 & 0
name_to_handle_at -100 "/ & & 0
link "/etc/passwd "{own}/x
symlink "/etc/passwd "{own}/x
rename "{own}/x "{own}/y
chmod "{own} 511
chown "{own} 0 0
mknod "{own}/p 4096 0
truncate "{own}/x 0
getdents64 3 & 1024
statfs "/ &
setxattr "{own} "user.x "y 1 0
utimensat -100 "{own} 0 0
creat "{own}/x 384
openat2 -100 "/etc/passwd & 24
0x40000027
0x40000101 -100 "/etc/passwd 0
999
100000
-1
"""
ERRNO = {
    "ioctl 0 21522 &": "ENOTTY", "ioctl 3 21531 &": "ENOTTY",
    "prctl 4 1": "EPERM", "prctl 22 2 &": "EPERM", "prctl 38 0": "EPERM",
    "rt_sigaction 31 & & 8": "EPERM", "uname &": "EPERM",
    "sysinfo &": "EPERM", "mkdir \"{own}/d 448": "EPERM",
    "fchmod 3 511": "EPERM", "fchown 3 0 0": "EPERM",
    # Not in its view of the file system at all; in it, Landlock refuses.
    "openat -100 \"/etc/passwd 0 0": "ENOENT",
    "open \"/etc/ld.so.cache 0 0": "EACCES",
    "open \"/usr/lib 65536 0": "EACCES",
    "openat -100 \"{own}/../relay 65536 0": "EACCES",
    "open \"/proc/self/status 0 0": "ENOENT",
    "open \"/proc/self/mem 2 0": "ENOENT",
    "open \"/proc/self/fd/4 1 0": "ENOENT",
    "open \"/proc/{gate}/environ 0 0": "ENOENT",
    "open \"/proc/{parent}/mem 2 0": "ENOENT",
    "open \"/dev/null 2 0": "EACCES", "open \"/dev/kmsg 0 0": "ENOENT",
    "open \"/ 65536 0": "EACCES", "open \"/tmp/x 66 384": "ENOENT",
    "open \"%s/api.key 0 0" % world.W: "ENOENT",
    "open \"%s/audit 65536 0" % STATE: "EACCES",
    "open \"%s/notes.txt 0 0" % session.PROJECTS: "ENOENT",
    "unlink \"%s/run/telclauded.sock" % world.W: "ENOENT",
}

tg, api = session.begin()
session.project("notes.txt", "buy milk\n")
hostile.place()
fam = Hostile(tg, api).start()


def fill(line):
    return line.format(own=STATE + "/agent-telegram", **fam.was)


def stands(name, good, diag):
    tap.ok(good and not fam.standing() and fam.silent(BEN, ADMIN), name,
           lambda: "%s\n%s\n%s" % (diag, fam.standing(), fam.diag()))


twin(fam, "before all")

# --- descriptors ----------------------------------------------------------------
r = fam.attack(ANA, "list") or []
kinds = [x.split(" ", 2)[2] for x in r]
stands("it has null, its links, the keeper's pipe, and its event loop's",
       kinds[:3] == ["null mode 2"] * 3 and
       kinds[3] == "socket mode 2 parent" and kinds[4] == "pipe mode 1" and
       sorted(kinds[5:]) in [sorted(["socket mode 2 relay",
                                     "socket mode 2 gate",
                                     "anonymous mode 2"] + more)
                             for more in ([], ["pipe mode 0",
                                               "pipe mode 1"])], r)
r = fam.attack(ANA, "each") or []
stands("none can be cut, none but a link passes another on",
       len(r) == len(kinds) and not any("trunc 0" in x or "pass 0" in x
                                        for x in r) and
       all("pass 88" in x or "pass -1" in x for x in r), r)
r = fam.attack(ANA, "\n".join(["sys write 4 & 4096"] * 16))
stands("writing into the keeper's pipe changes nothing", r is not None, r)
for link in ("parent", "relay", "gate"):
    r = fam.attack(ANA, "sendto %s %s/run/telclauded.sock" % (
        link, world.W))
    stands("a packet over the link to %s reaches no other" % link,
           r and r[0] in ("sendto 106", "sendto 95"), r)
twin(fam, "after the descriptors")

# --- what is answered -----------------------------------------------------------
for call, errno in ERRNO.items():
    r = fam.attack(ANA, "sys " + fill(call))
    stands("%s: %s" % (call, errno), r and r[0].endswith(" " + errno), r)
r = fam.attack(ANA, fill('sys open "{own}/own 66 384\n'
                         'sys unlink "{own}/own'))
stands("twin: in its own directory it may open and unlink",
       r and all(x.endswith(" done") for x in r), r)
twin(fam, "after those calls")

# --- what ends it ---------------------------------------------------------------
bad = []
calls = DEADLY.strip().split("\n")
for call in ["sys " + c for c in calls] + ["int80 20", "int80 5"]:
    fam.restart()
    fam.attack(ANA, fill(call), timeout=0)
    why = fam.died()
    name = call.split(" ")[1]
    if not why or "its cage stopped" not in why or not (
            "did not say" in why or "(" not in why or name in why or
            not name.isalpha()):
        bad.append("%s: died %s" % (call, why))
    if fam.standing():
        bad.append("%s: fallen too: %s" % (call, fam.standing()))
    if not fam.silent(BEN, ADMIN):
        bad.append("%s: others heard of it" % call)
tap.ok(not bad, "each of %d other calls is its end, by its cage" %
       (len(calls) + 2), "\n".join(bad))
twin(fam, "after its last life")
session.finish("hostilesys", tg, api, fam)
