#!/bin/sh
# The real thing from the build tree, in the foreground: needs root, and of
# the environment TELEGRAM_BOT_TOKEN and ANTHROPIC_API_KEY only.  Makes
# ./workspace where it is missing, owned by whoever called sudo.  Users that
# are not installed exist for this run alone.

set -eu
OBJ=${OBJ:-$PWD/obj}
here=$(cd "$(dirname "$0")" && pwd)

if [ "$(id -u)" != 0 ]; then
	echo "make run: needs root: the engines get users of their own." >&2
	echo "    sudo --preserve-env=TELEGRAM_BOT_TOKEN,ANTHROPIC_API_KEY make run" >&2
	exit 1
fi
for v in TELEGRAM_BOT_TOKEN ANTHROPIC_API_KEY; do
	eval "[ -n \"\${$v:-}\" ]" && continue
	echo "make run: $v is not set (sudo drops it unless told: sudo --preserve-env=$v)" >&2
	exit 1
done

if [ "${TC_RUN:-}" != inside ]; then
	export TC_RUN=inside
	exec unshare -m sh "$0" "$@"
fi

# A root's workspace is refused, so somebody else must own it.
ws=${WORKSPACE:-$PWD/workspace}
if [ ! -d "$ws" ]; then
	mkdir "$ws"
	uid=${SUDO_UID:-$(stat -c %u .)}
	gid=${SUDO_GID:-$(stat -c %g .)}
	if [ "$uid" = 0 ]; then
		uid=$(id -u nobody)
		gid=$(id -g nobody)
	fi
	chown "$uid:$gid" "$ws"
	chmod 0755 "$ws"
	echo "made $ws, owned by $(stat -c %U "$ws")"
fi

# What this run makes lies on a tmpfs that only this mount namespace has.
dir=$(mktemp -d /run/telclauded.XXXXXX)
mount -t tmpfs -o mode=0755 telclauded "$dir"
cp /etc/passwd "$dir/passwd"
cp /etc/group "$dir/group"
uid=60101
while read -r type name _; do
	case $type in
	g)	grep -q "^$name:" "$dir/group" ||
		    echo "$name:x:60100:" >> "$dir/group" ;;
	u)	if ! grep -q "^$name:" "$dir/passwd"; then
			echo "$name:x:$uid:$uid::/var/empty:/usr/sbin/nologin" \
			    >> "$dir/passwd"
			echo "$name:x:$uid:" >> "$dir/group"
		fi
		uid=$((uid + 1)) ;;
	esac
done < "$here/../../dist/sysusers.conf"
mount --bind "$dir/passwd" /etc/passwd
mount --bind "$dir/group" /etc/group

# State is kept: a restart goes on with the conversations.  Not below the
# checkout, whose parents may be closed to the engines, and not where an
# installed telclauded keeps its own.
state=${STATE:-/var/lib/telclaude-run}
mkdir -p -m 711 "$state"
conf=$state/run.conf
allow=
admin=
[ -n "${ALLOW_CHATS:-}" ] && allow="allow chat { $ALLOW_CHATS }"
# Who is alone in the list is meant to own it.
case ${ALLOW_CHATS:-} in
'' | *[!0-9]*) ;;
*) ADMIN_CHAT=${ADMIN_CHAT:-$ALLOW_CHATS} ;;
esac
[ -n "${ADMIN_CHAT:-}" ] && admin="admin $ADMIN_CHAT"
(umask 077; cat > "$conf") <<CONF
state "$state"
runtime "/run/telclaude"
log info to stderr
telegram {
	token env TELEGRAM_BOT_TOKEN
	$allow
	$admin
}
anthropic {
	key env ANTHROPIC_API_KEY
}
agent telegram {
	workspace "$ws"
}
CONF
echo "workspace $ws, state $state; Ctrl-C ends it"
[ -n "$allow" ] || echo "when your number appears: ALLOW_CHATS=NUMBER make run"
[ -z "$allow" ] || [ -n "$admin" ] || echo "nobody owns the bot yet:" \
    "ADMIN_CHAT=NUMBER, or /claim in a private chat and telclaudectl claim here"
# The bound files hold on without it.  No shell stays behind: its environment
# would show both secrets for as long as it waits.
umount -l "$dir"
rmdir "$dir"
exec "$OBJ/bin/telclauded" -d -f "$conf" -L "$OBJ/libexec"
