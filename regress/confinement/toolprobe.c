/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A hostile tool: takes the tool program's place (same arguments, same walls)
 * or runs as a command inside one, tries what no tool may, and says what the
 * kernel answered.  Each attempt has a harmless twin that must work, so that
 * a broken probe is not taken for a wall.
 *
 * Lines:	NAME ERRNO	(0: it was done)
 * With a file "probe.tree" in the working directory it prints every path it
 * can open instead; with "probe.way" it does what that says, a line each:
 *	connect|fastopen|udp|bind ADDR PORT	listen	inherited
 */
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "engines/tool/tool.h"

static struct call	 call;
static int		 framed;

static void line(const char *, ...) __attribute__((format(printf, 1, 2)));

static void
line(const char *fmt, ...)
{
	char buf[4200];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (n <= 0)
		return;
	if (framed)
		out_write(&call, buf, MINIMUM((size_t)n, sizeof(buf) - 1));
	else
		(void)!write(1, buf, MINIMUM((size_t)n, sizeof(buf) - 1));
}

static void
result(const char *name, long r)
{
	line("%s %s\n", name, r == -1 ? strerrorname_np(errno) : "0");
}

#define TRY(name, expr)	do { errno = 0; result(name, (long)(expr)); } while (0)

/* --- calls that no tool may make --------------------------------------- */

static long
in_child(long (*fn)(void))
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		errno = 0;
		_exit(fn() == -1 ? errno : 0);
	}
	if (pid == -1 || waitpid(pid, &status, 0) == -1)
		return (-1);
	if (!WIFEXITED(status)) {
		errno = EINTR;
		return (-1);
	}
	errno = WEXITSTATUS(status);
	return (errno ? -1 : 0);
}

static long
clone_user(void)
{
	return (syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
}

static long
clone_plain(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return (pid == -1 ? -1 : waitpid(pid, NULL, 0));
}

static void
kernel_calls(void)
{
	struct { uint64_t a[16]; } zero = { { 0 } };

	TRY("ptrace", ptrace(PTRACE_TRACEME, 0, 0, 0));
	TRY("process_vm_readv", syscall(SYS_process_vm_readv, 1, &zero, 1,
	    &zero, 1, 0));
	TRY("mount", mount("none", "/tmp", "tmpfs", 0, ""));
	TRY("umount", umount2("/tmp", MNT_DETACH));
	TRY("pivot_root", syscall(SYS_pivot_root, ".", "."));
	TRY("open_tree", syscall(SYS_open_tree, AT_FDCWD, "/", 1));
	TRY("mount_setattr", syscall(SYS_mount_setattr, AT_FDCWD, "/", 0,
	    &zero, 32));
	TRY("chroot", chroot("."));
	TRY("unshare user", unshare(CLONE_NEWUSER));
	TRY("unshare mount", unshare(CLONE_NEWNS));
	TRY("clone user", in_child(clone_user));
	TRY("ok clone", in_child(clone_plain));
	TRY("setns", setns(0, 0));
	TRY("bpf", syscall(SYS_bpf, 0, &zero, 64));
	TRY("perf", syscall(SYS_perf_event_open, &zero, 0, -1, -1, 0));
	TRY("keyctl", syscall(SYS_keyctl, 0, -3, 0));
	TRY("add_key", syscall(SYS_add_key, "user", "x", "y", 1, -3));
	TRY("io_uring", syscall(SYS_io_uring_setup, 4, &zero));
	TRY("userfaultfd", syscall(SYS_userfaultfd, 0));
	TRY("init_module", syscall(SYS_init_module, "", 0, ""));
	TRY("kexec", syscall(SYS_kexec_load, 0, 0, 0, 0));
	TRY("reboot", syscall(SYS_reboot, 0, 0, 0, 0));
	TRY("swapon", syscall(SYS_swapon, "/x", 0));
	TRY("open_by_handle", syscall(SYS_open_by_handle_at, AT_FDCWD, &zero,
	    0));
	TRY("clock_settime", syscall(SYS_clock_settime, 0, &zero));
	TRY("sethostname", sethostname("x", 1));
	TRY("syslog", syscall(SYS_syslog, 3, &zero, 8));
	TRY("setuid 0", setuid(0));
	TRY("unknown call", syscall(999));
	TRY("ok setuid self", setuid(getuid()));
	/* Nobody else's in namespaces; the owner's without them. */
	TRY("shared: memory", shmget(IPC_PRIVATE, 4096, 0600));
	TRY("shared: semaphores", syscall(SYS_semget, IPC_PRIVATE, 1, 0600));
	TRY("shared: limits", syscall(SYS_prlimit64, getppid() > 0 ?
	    getppid() : 1, RLIMIT_NOFILE, NULL, &zero));
	TRY("ok own limits", syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL,
	    &zero));
	TRY("raise a limit", setrlimit(RLIMIT_FSIZE,
	    &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY }));
}

/* --- the network ------------------------------------------------------- */

static long
tcp(const char *addr, uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons(port) };
	int s, r, e;

	if ((s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) == -1)
		return (-1);
	inet_pton(AF_INET, addr, &sin.sin_addr);
	r = connect(s, (struct sockaddr *)&sin, sizeof(sin));
	e = errno;
	close(s);
	errno = e;
	return (r);
}

static long
udp(const char *addr, uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons(port) };
	int s, r, e;

	if ((s = socket(AF_INET, SOCK_DGRAM, 0)) == -1)
		return (-1);
	inet_pton(AF_INET, addr, &sin.sin_addr);
	r = (int)sendto(s, "x", 1, 0, (struct sockaddr *)&sin, sizeof(sin));
	e = errno;
	close(s);
	errno = e;
	return (r == 1 ? 0 : -1);
}

static long
own_listener(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int a, b;

	inet_pton(AF_INET, "127.0.0.1", &sin.sin_addr);
	if ((a = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    bind(a, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(a, 1) == -1 ||
	    getsockname(a, (struct sockaddr *)&sin, &len) == -1 ||
	    (b = socket(AF_INET, SOCK_STREAM, 0)) == -1)
		return (-1);
	return (connect(b, (struct sockaddr *)&sin, sizeof(sin)));
}

static void
network(void)
{
	int sv[2];

	TRY("tcp public", tcp("203.0.113.1", 443));
	TRY("tcp metadata", tcp("169.254.169.254", 80));
	TRY("tcp localhost of the host", tcp("127.0.0.1", 7));
	TRY("udp dns", udp("203.0.113.1", 53));
	TRY("raw socket", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	TRY("packet socket", socket(AF_PACKET, SOCK_RAW, 0));
	TRY("vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
	TRY("alg socket", socket(AF_ALG, SOCK_SEQPACKET, 0));
	TRY("smc socket", socket(43, SOCK_STREAM, 0));
	TRY("mptcp socket", socket(AF_INET, SOCK_STREAM, 262));
	TRY("unix socket", socket(AF_UNIX, SOCK_STREAM, 0));
	TRY("unix datagram pair", socketpair(AF_UNIX, SOCK_DGRAM, 0, sv));
	TRY("ok unix pair", socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	TRY("own listener", own_listener());
	TRY("interface list", socket(AF_NETLINK, SOCK_RAW, 0));
}

/* --- files ------------------------------------------------------------- */

static long
open_close(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);

	if (fd != -1)
		close(fd);
	return (fd == -1 ? -1 : 0);
}

static void
host_files(void)
{
	static const char *const paths[] = {
		"/etc/shadow", "/root", "/root/.ssh", "/run", "/var",
		"/var/log", "/boot", "/sys", "/srv", "/home/ana",
		"/proc/1/mem", "/proc/1/environ", "/proc/1/fd/4",
		"/proc/1/root", "/proc/kcore", "/proc/sysrq-trigger",
		"/dev/kmsg", "/dev/mem", "/dev/tty", "/dev/ptmx", "/dev/vda",
		"/dev/fuse", "/dev/net/tun"
	};
	char name[128];
	size_t i;

	for (i = 0; i < NELEM(paths); i++) {
		snprintf(name, sizeof(name), "open %s", paths[i]);
		TRY(name, open_close(paths[i], O_RDONLY));
	}
	TRY("ok open /etc/passwd", open_close("/etc/passwd", O_RDONLY));
	TRY("ok open /proc/self/status", open_close("/proc/self/status",
	    O_RDONLY));
	TRY("ok write /dev/null", open_close("/dev/null", O_WRONLY));
	TRY("write /usr", open_close("/usr/x", O_WRONLY | O_CREAT));
	TRY("write /etc/passwd", open_close("/etc/passwd", O_WRONLY));
	TRY("write /", open_close("/x", O_WRONLY | O_CREAT));
	TRY("mknod", mknod("dev", S_IFCHR | 0666, 0x103));
}

/* In the current directory, where a file "victim" of the owner lies. */
static void
change(const char *where, const char *victim)
{
	struct timeval tv[2] = { { 1, 0 }, { 1, 0 } };
	char name[160], path[1100];

#define IN(what, expr) do {						\
	snprintf(name, sizeof(name), "%s: %s", where, what);		\
	TRY(name, expr);						\
} while (0)
	IN("read", open_close(victim, O_RDONLY));
	IN("write", open_close(victim, O_WRONLY));
	IN("truncate open", open_close(victim, O_RDONLY | O_TRUNC));
	IN("truncate", truncate(victim, 0));
	IN("chmod", chmod(victim, 0644));
	IN("utimes", utimes(victim, tv));
	IN("setxattr", setxattr(victim, "user.probe", "1", 1, 0));
	IN("setuid bit", chmod(victim, 04755));
	IN("setgid bit", chmod(victim, 02755));
	snprintf(path, sizeof(path), "%s.new", victim);
	IN("create", open_close(path, O_WRONLY | O_CREAT | O_EXCL));
	IN("create setuid", open(path, O_WRONLY | O_CREAT | O_EXCL, 04755));
	IN("remove", unlink(path));
	snprintf(path, sizeof(path), "%s.dir", victim);
	IN("mkdir", mkdir(path, 0755));
	IN("rmdir", rmdir(path));
#undef IN
}

/* --- processes --------------------------------------------------------- */

static void
processes(void)
{
	struct dirent *d;
	unsigned n = 0;
	DIR *dir;

	if ((dir = opendir("/proc")) != NULL) {
		while ((d = readdir(dir)) != NULL)
			n += d->d_name[0] >= '0' && d->d_name[0] <= '9';
		closedir(dir);
	}
	line("processes visible %u\n", n);
	line("pid %d\n", getpid());
	line("uid %u gid %u groups %d\n", getuid(), getgid(),
	    getgroups(0, NULL));
	line("nnp %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

/* Every path that can be opened, devices and /proc too. */
static void
tree(const char *path)
{
	char sub[4096];
	struct dirent *d;
	struct stat st;
	DIR *dir;

	if ((dir = opendir(path)) == NULL)
		return;
	while ((d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 ||
		    strcmp(d->d_name, "..") == 0)
			continue;
		snprintf(sub, sizeof(sub), "%s/%s", strcmp(path, "/") == 0 ?
		    "" : path, d->d_name);
		if (lstat(sub, &st) == -1 || (!S_ISLNK(st.st_mode) &&
		    open_close(sub, O_RDONLY) == -1))
			continue;
		line("%c %s%s\n", S_ISDIR(st.st_mode) ? 'd' :
		    S_ISLNK(st.st_mode) ? 'l' : S_ISREG(st.st_mode) ? 'f' :
		    'c', sub, access(sub, W_OK) == 0 && open_close(sub,
		    S_ISDIR(st.st_mode) ? O_RDONLY : O_WRONLY) == 0 ?
		    " writable" : "");
		/* The programs of the host are named, not listed. */
		if (S_ISDIR(st.st_mode) && strcmp(sub, "/usr") != 0 &&
		    strcmp(sub, "/etc/alternatives") != 0 &&
		    strstr(sub, "certs") == NULL &&
		    strncmp(sub, "/proc/", 6) != 0)
			tree(sub);
	}
	closedir(dir);
}

/* --- the way out --------------------------------------------------------- */

/* Connects, and has what the other side says in answer. */
static long
way_connect(const struct sockaddr_in *sin, const char *how, char *answer,
    size_t len)
{
	const struct timeval wait = { 5, 0 };
	int udp = strcmp(how, "udp") == 0, s;
	ssize_t n;
	long r;

	answer[0] = '\0';
	s = socket(AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC,
	    0);
	if (s == -1)
		return (-1);
	(void)setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (strcmp(how, "bind") == 0)
		r = bind(s, (const struct sockaddr *)sin, sizeof(*sin));
	else if (udp || strcmp(how, "fastopen") == 0)
		r = sendto(s, "x", 1, udp ? 0 : MSG_FASTOPEN,
		    (const struct sockaddr *)sin, sizeof(*sin));
	else
		r = connect(s, (const struct sockaddr *)sin, sizeof(*sin));
	if (r != -1 && strcmp(how, "connect") == 0) {
		n = recv(s, answer, len - 1, 0);
		answer[n > 0 ? n : 0] = '\0';
		answer[strcspn(answer, "\n")] = '\0';
	}
	n = errno;
	close(s);
	errno = (int)n;
	return (r == -1 ? -1 : 0);
}

/* A server of the tool's own, where it may have one. */
static long
way_listen(void)
{
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	long r;

	if (s == -1)
		return (-1);
	r = listen(s, 1);
	close(s);
	return (r);
}

/* Sockets that nobody meant it to have: the listeners, above all. */
static long
way_inherited(void)
{
	int fd, v, n = 0;
	socklen_t len;

	for (fd = 0; fd < 256; fd++) {
		len = sizeof(v);
		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &v, &len) == 0 &&
		    v != AF_UNIX)
			n++;
	}
	return (n);
}

static void
way(FILE *f)
{
	char how[16], addr[64], text[160], answer[128];
	struct sockaddr_in sin;
	unsigned port;
	long r;

	while (fgets(text, sizeof(text), f) != NULL) {
		text[strcspn(text, "\n")] = '\0';
		answer[0] = '\0';
		errno = 0;
		memset(&sin, 0, sizeof(sin));
		if (strcmp(text, "listen") == 0)
			r = way_listen();
		else if (strcmp(text, "inherited") == 0) {
			line("inherited %ld\n", way_inherited());
			continue;
		} else if (sscanf(text, "%15s %63s %u", how, addr,
		    &port) == 3) {
			sin.sin_family = AF_INET;
			sin.sin_port = htons((uint16_t)port);
			(void)inet_pton(AF_INET, addr, &sin.sin_addr);
			r = way_connect(&sin, how, answer, sizeof(answer));
		} else
			continue;
		line("%s: %s %s\n", text, r == -1 ? strerrorname_np(errno) :
		    "0", answer);
	}
}

static void
attack(void)
{
	const char *tmp = getenv("TMPDIR");
	char victim[1100];
	int fd;

	processes();
	kernel_calls();
	network();
	host_files();
	change("workspace", "victim");
	snprintf(victim, sizeof(victim), "%s/victim", tmp != NULL ? tmp :
	    "/tmp");
	if ((fd = open(victim, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) != -1)
		close(fd);
	change("tmp", victim);
	line("done 0\n");
}

int
main(int argc, char **argv)
{
	static struct place place;
	char *const none[] = { NULL };
	FILE *f;

	framed = argc > 6;
	if (framed) {
		place_mode(&place, argv[1]);
		place.tier = strcmp(argv[3], "read-only") == 0 ?
		    TIER_READ_ONLY : TIER_WRITE_LOCAL;
		place.home = argv[4];
		place.tmp = argv[5];
		place.paths = argv + 6;
		place.workspace = argv[6] + 2;
		call.place = &place;
		if (confine(&place) == -1)
			return (124);
		while (read(TOOL_JOB_FD, call.note, 1) == 1)
			;
		call.note[0] = '\0';
	} else
		place.paths = none;
	if ((f = fopen("probe.way", "re")) != NULL)
		way(f);
	else if (access("probe.tree", F_OK) == 0)
		tree("/");
	else
		attack();
	if (framed)
		out_end(&call, 0, RO_OK);
	return (0);
}
