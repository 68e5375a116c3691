#!/bin/sh
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The real audit engine in its cage: what it writes, what it does with a log
# that was cut, full or not its own, and what a lying relay gets.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || skip_all "needs root"
work=$(mktemp -d)
trap cleanup EXIT INT TERM
FDK_AUDIT_LOG=7
log=$work/audit.log

start() {
	drive 4920 "$OBJ/libexec/audit"
	d fd $FDK_AUDIT_LOG "$log" log > /dev/null
	d link relay > /dev/null
	started=$(d begin)
}

start
is "$started" ok "it starts on an empty log"
is "$(d audit relay 0 message hello there)" "err 0 seq 1" "a line of the relay"
is "$(d audit relay 1 message my key is sk-ant-api03-AAAABBBBCCCCDDDDEEEE ok)" \
    "err 0 seq 2" "one that holds a key"
is "$(d audit parent 0 start family up)" "err 0 seq 3" "one of the parent"
tab=$(printf 'a"b\tc')
is "$(d audit relay 4 message "$tab")" "err 0 seq 4" "one with odd bytes"
drive_end
is "$ended" "exit 0" "no call of it was blocked"
is "$(wc -l < "$log")" 4 "four lines"
is "$(grep -c sk-ant "$log")" 0 "no key among them"
grep -q 'my key is \[REDACTED:anthropic_key\] ok' "$log"
ok $? "its place is marked"
for f in '"seq":1,' '"timestamp":"20[0-9-]*T[0-9:.]*Z"' '"event":"message"' \
    '"telegramUserId":"5"' '"chatId":-100123' \
    '"permissionTier":"FULL_ACCESS"' '"outcome":"success"' \
    '"messagePreview":"hello there"'; do
	head -n 1 "$log" | grep -q "$f"
	ok $? "the first has $f"
done
is "$(sed -n 2p "$log" | sed 's/.*"prev":"\(.*\)"}/\1/')" \
    "$(sed -n 1p "$log" | tr -d '\n' | sha256sum | cut -d' ' -f1)" \
    "sha256sum makes the same chain"
is "$("$OBJ/test/auditcheck" "$log")" "whole: 4 lines, last 4, 0 repairs" \
    "the verifier agrees"

# --- it goes on where it was
start
is "$(d audit relay 0 message again)" "err 0 seq 5" "number and chain go on"
d pid > /dev/null
kill -9 "$reply"
drive_end
is "$ended" "died of signal 9" "kill -9"
printf '{"seq":6,"timestamp":"2026-01-01T00:00:' >> "$log"
start
is "$(d audit relay 0 message later)" "err 0 seq 7" \
    "after a cut line: one that says so, then ours"
drive_end
sed -n 7p "$log" | grep -q '"seq":6,.*"event":"audit_repair"'
ok $? "the repair is marked"
is "$("$OBJ/test/auditcheck" "$log")" "whole: 7 lines, last 7, 1 repairs" \
    "the verifier sees a mended log"

# --- tampering
changed() {	# what, line named, sed script
	sed "$3" "$log" > "$work/bad"
	is "$("$OBJ/test/auditcheck" "$work/bad" | cut -d: -f1)" \
	    "broken at line $2" "the verifier sees $1"
}
changed "a changed word" 2 '1s/hello/hullo/'
changed "a dropped line" 3 '3d'
changed "a dropped first line" 1 '1d'
changed "a doubled line" 4 '3p'
changed "a changed number" 3 '3s/"seq":3/"seq":4/'
changed "a line not ours" 2 '2s/.*/hello/'
changed "a cut line without its repair" 6 '7d'

# --- a log of somebody else's
echo "Dear diary" > "$work/other"
good=$log
log=$work/other
start
is "$started" closed "a foreign file is not continued"
grep -q 'does not end in lines of ours' "$work/log"
ok $? "and the log says what to do"
exec 5>&- 6<&-
log=$good

# --- a full disk
if mkdir "$work/small" && unshare -m true 2> /dev/null; then
	cat > "$work/full.sh" <<'EOF'
mount -t tmpfs -o size=4k none "$1/small" || exit 1
{ echo "fd 7 $1/small/log log"; echo "link relay"; echo begin
  i=0; while [ $i -lt 16 ]; do
	echo "audit relay 0 message a line that takes some room on the disk"
	i=$((i + 1)); done
  sleep 1; echo "audit relay 0 message there is room again"; } |
    ( sleep 0.7; mount -o remount,size=64k none "$1/small" & cat ) |
    "$OBJ/test/engdrive" 4920 "$OBJ/libexec/audit"
"$OBJ/test/auditcheck" "$1/small/log"
EOF
	: > "$work/fullout"
	OBJ=$OBJ unshare -m sh "$work/full.sh" "$work" > "$work/fullout" \
	    2> "$work/fullerr"
	tail -n 1 "$work/fullout" | grep -q '^whole'
	ok $? "a disk that was full leaves a whole chain"
fi

# --- a relay that says what it may not
start
# Two channels: either word may come first.
first=$(d raw relay)
second=$(d audit parent 0 tick still here)
both=$(printf '%s\n%s\n' "$first" "$second" | sort | tr '\n' '|')
is "$both" "closed|misbehaved not ours to receive|" \
    "a forbidden message closes the relay's channel, and the parent hears of it"
exec 5>&- 6<&-
finish
