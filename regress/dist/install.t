#!/bin/sh
# make install into an empty root, and uninstall: what was put in place is
# complete, modes are right, nothing is left behind.

. "$(dirname "$0")/../lint/tap.sh"
cd "$top" || exit 1
root=$(mktemp -d)
trap 'rm -rf "$root" "$tap_file"' EXIT

if make -s OBJ="$OBJ" DESTDIR="$root" PREFIX=/usr/local install > "$root.log" 2>&1; then
	ok "make install DESTDIR"
else
	notok "make install DESTDIR" < "$root.log"
fi
rm -f "$root.log"
for f in usr/local/sbin/telclauded usr/local/sbin/telclaudectl \
    usr/local/libexec/telclaude/relay usr/local/libexec/telclaude/agent \
    usr/local/libexec/telclaude/gate usr/local/libexec/telclaude/runner \
    usr/local/libexec/telclaude/tool usr/local/libexec/telclaude/resolver \
    usr/local/libexec/telclaude/totp usr/local/libexec/telclaude/audit \
    usr/local/libexec/telclaude/keeper usr/local/libexec/telclaude/egress \
    usr/local/libexec/telclaude/fetch \
    usr/local/share/man/man8/telclauded.8 \
    usr/local/share/man/man8/telclaudectl.8 \
    usr/local/share/man/man5/telclauded.conf.5 \
    usr/local/share/man/man7/telclauded-messages.7 \
    usr/local/share/telclaude/telclauded.conf.example \
    etc/systemd/system/telclauded.service \
    usr/local/lib/sysusers.d/telclaude.conf \
    usr/local/lib/tmpfiles.d/telclaude.conf; do
	[ -s "$root/$f" ] || echo "missing: $f"
done | empty "everything is in place"
find "$root" -type f \( -perm /022 -o -perm /7000 \) | empty "no file is writable by others or set-id"
grep -c '@' "$root/etc/systemd/system/telclauded.service" > /dev/null &&
    grep '@[A-Z]*@' "$root/etc/systemd/system/telclauded.service" |
    empty "the unit names real paths"

if "$root/usr/local/sbin/telclauded" -n \
    -f "$root/usr/local/share/telclaude/telclauded.conf.example" > "$root/n.log" 2>&1; then
	ok "the example configuration is right"
else
	notok "the example configuration is right" < "$root/n.log"
fi
if command -v systemd-analyze > /dev/null 2>&1; then
	systemd-analyze verify --man=no --root="$root" telclauded.service 2>&1 |
	    grep telclauded.service | grep -vE 'not executable|Unit .*target not found' |
	    empty "systemd-analyze verify"
	score=$(systemd-analyze security --offline=true --root="$root" \
	    telclauded.service 2> /dev/null | sed -n 's/.*level for.*: \([0-9.]*\).*/\1/p')
	if [ -z "$score" ]; then
		skip "exposure" "systemd-analyze gives no figure"
	else
		awk "BEGIN { exit !($score <= 3.5) }" && ok "exposure $score" ||
		    echo "$score" | notok "exposure at most 3.5"
	fi
else
	skip "systemd-analyze verify" "no systemd here"
fi
if command -v systemd-sysusers > /dev/null 2>&1; then
	mkdir -p "$root/etc" && : > "$root/etc/passwd" && : > "$root/etc/group"
	systemd-sysusers --root="$root" "$root/usr/local/lib/sysusers.d/telclaude.conf" > "$root/s.log" 2>&1
	n=$(grep -c '^_tc' "$root/etc/passwd")
	[ "$n" -eq 13 ] && ok "sysusers makes 13 users" || notok "sysusers makes 13 users" < "$root/s.log"
	rm -f "$root"/etc/passwd* "$root"/etc/group* "$root"/etc/shadow* "$root"/etc/gshadow* "$root/etc/.pwd.lock"
else
	skip "sysusers makes the users" "no systemd-sysusers here"
fi
# Built for one place, installed to another: the program knows the new one.
if make -s OBJ="$OBJ" DESTDIR="$root" PREFIX=/opt/tc install > "$root.log" 2>&1 &&
    grep -qaF /opt/tc/libexec/telclaude "$root/opt/tc/sbin/telclauded" &&
    ! grep -qaF /usr/local/libexec/telclaude "$root/opt/tc/sbin/telclauded" &&
    grep -q '^ExecStart=/opt/tc/sbin/' \
    "$root/opt/tc/lib/systemd/system/telclauded.service"; then
	ok "another PREFIX at the install"
else
	notok "another PREFIX at the install" < "$root.log"
fi
make -s OBJ="$OBJ" DESTDIR="$root" PREFIX=/opt/tc uninstall > /dev/null 2>&1
make -s OBJ="$OBJ" PREFIX=/usr/local all > /dev/null 2>&1
rm -f "$root"/*.log "$root.log"
make -s OBJ="$OBJ" DESTDIR="$root" PREFIX=/usr/local uninstall > /dev/null 2>&1
find "$root" ! -type d | empty "uninstall leaves nothing behind"
tap_done
