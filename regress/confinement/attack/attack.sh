# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Attacks by the shell and the programs everybody has; the lines are as
# attack.py says.  A refusal is what the program said the kernel answered.

try() {	# item kind name command...
	item=$1 kind=$2 name=$3
	shift 3
	if why=$( (eval "$*") 2>&1 < /dev/null); then
		r=DONE
	else
		case $why in
		*"Read-only file system"*)	r=EROFS ;;
		*"Permission denied"*)		r=EACCES ;;
		*"not permitted"*)		r=EPERM ;;
		*"No such file"*|*"cannot access"*)	r=ENOENT ;;
		*"cross-device"*|*"Invalid cross"*)	r=EXDEV ;;
		*"busy"*)			r=EBUSY ;;
		*"No such process"*)		r=ESRCH ;;
		*"not implemented"*)		r=ENOSYS ;;
		*"superuser"*|*"Authentication"*|*"must be"*)	r=EPERM ;;
		*)				r="BROKEN $(echo "$why" |
		    tr '\n|' '  ')" ;;
		esac
	fi
	echo "$item|$kind|$(echo "$name" | tr '|' /) (sh)|$r|EBUSY ENOSYS"
}

R="read another's files" W="write outside the workspace"
RO="READ_ONLY writes"
cd "$T_WS" || exit 1
try "$R" never "cat a private file" "cat $T_OUT/secret"
try "$R" never "cat a public file" "cat $T_OUT/f"
try "$R" never "cat /etc/shadow" "cat /etc/shadow"
try "$R" never "cat the state" "cat $T_STATE/db"
try "$R" never "cat another scope's" "cat $T_OTHER/theirs"
try "$R" never "list the owner's home" "ls $T_OUT/secret $T_OUT/d"
try "$R" never "copy by a link" "cp way/secret /tmp/x"
try "$R" never "an archive of it" "tar cf /dev/null -C $T_OUT secret"
try "$R" twin "cat in the workspace" "cat victim"
for c in ": > %/f" ": >> %/f" "echo x > %/made" "cp victim %/made" \
    "rm %/f" "mv %/f in" "mv own %/own" \
    "ln %/f in" "ln -s victim %/made" "mkdir %/made" "mkfifo %/made" \
    "truncate -s 0 %/f" "dd if=/dev/zero of=%/f bs=1 count=1 conv=notrunc" \
    "sed -i s/a/b/ %/f" "tee %/f < /dev/null" "install victim %/made" \
    "touch %/made" "echo x | cat > %/f"; do
	for d in "$T_OUT" "$T_OTHER" "$T_STATE" way; do
		case $d:$c in
		"$T_OTHER:"*%/f*)	f=theirs ;;
		"$T_STATE:"*%/f*)	f=db ;;
		*)	f=f ;;
		esac
		try "$W" never "${c%% *} in ${d##*/}: $c" \
		    "$(echo "$c" | sed "s,%/f,$d/$f,g; s,%/,$d/,g")"
	done
done
for c in "mount -t tmpfs none ." "mount --bind / ." "umount $T_WS" \
    "mknod dev b 8 0" "chroot . /bin/true" "unshare -r true" \
    "unshare -m true" "nsenter -t 1 -m true"; do
	command -v "${c%% *}" >> /dev/null || continue
	try "$W" never "$c" "$c"
done
try "$W" tmp "an own file in /tmp" \
    'f=$(mktemp) && echo x >> $f && chmod 600 $f && touch $f && rm $f'
for c in ": > victim" ": >> victim" "echo x > made" "touch victim" \
    "chmod 600 victim" "chmod 644 victim" "ln -s victim made2" \
    "ln victim made3" "mv made made4" "rm -f made2 made3 made4" \
    "mkdir made5" "rmdir made5" "mkfifo made6" "rm made6" \
    "truncate -s 2 victim" "tee victim < /dev/null" \
    "dd if=/dev/zero of=victim bs=1 count=1 conv=notrunc" \
    "sed -i s/a/b/ victim" "exec 9<> victim" \
    "exec 8< victim && echo x > /dev/fd/8" \
    "chown \$(id -u) victim" "cp own victim" "setfattr -n user.s -v 1 victim"
do
	[ "${c%% *}" != setfattr ] || command -v setfattr >> /dev/null ||
	    continue
	# /dev/fd is in /proc, which a tool without namespaces has not.
	case $c:$T_FB in *dev/fd*:?*) continue ;; esac
	# Nothing to be removed where nothing could be made.
	case $T_TIER:$c in read-only:rm*|read-only:mv*|read-only:rmdir*)
		continue ;; esac
	try "$RO" ro "$c" "$c"
done
try "signals" never "kill the parent" "kill -9 $T_PARENT ||
    { echo not permitted >&2; false; }"
for p in $T_PIDS; do
	try "signals" never "kill -STOP $p" "kill -STOP $p || { kill -0 $p ||
	    echo not permitted >&2; false; }"
done
