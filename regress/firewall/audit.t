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
    '"detail":"hello there"'; do
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

# --- seals, in a directory of its own
ctl="$OBJ/bin/telclaudectl -s $work/none"
own=$work/own
mkdir -m 700 "$own"
chown 4920:4920 "$own"
chmod 711 "$work"
FDK_STATE=6
startown() {	# keep seconds
	drive 4920 "$OBJ/libexec/audit"
	d fd $FDK_STATE "$own" dir > /dev/null
	d conf 1 1 "$1" > /dev/null
	d link relay > /dev/null
	started=$(d begin)
}
verify() {
	$ctl audit verify "$@" > "$work/verify" 2>&1
	echo "$? $(head -n 1 "$work/verify")"
}
startown 0
is "$started" ok "it starts in a directory of its own"
is "$(d audit relay 0 message one)" "err 0 seq 1" "the log is begun there"
is "$(d audit relay 0 audit_seal forged)" "err 0 seq 2" \
    "a seal that the relay claims"
sleep 1.6
d audit relay 0 message two > /dev/null
d drain > /dev/null
drive_end
is "$ended" "exit 0" "no call of it was blocked"
is "$(grep -c '"event":"audit_seal"' "$own/audit.log")" 2 \
    "sealed after a second and at the end, and by nobody else"
grep -q '"seq":2,.*"event":"reserved_event"' "$own/audit.log"
ok $? "the claimed one has another name"
is "$(stat -c %a "$own/seal.key")" 600 "the key is its own"
is "$(verify "$own/audit.log")" "0 whole: lines 1 to 5, 2 seals, sealed up \
to line 5" "the verifier agrees"
head=$(sed -n 's/^head //p' "$work/verify")
is "$($ctl -j audit verify "$own/audit.log" "key=$(cat "$own/seal.pub")" |
    grep -c '"whole":true')" 1 "also with the key from somewhere else"
is "$(verify "$own/audit.log" "$head" | cut -d: -f1)" "0 whole" \
    "and with a head that was noted"

cp "$own/audit.log" "$work/good"
mkdir "$work/t"
cp "$own/seal.pub" "$work/t/"
tamper() {	# what, line, why, sed script
	sed "$4" "$work/good" > "$work/t/audit.log"
	v=$(verify "$work/t/audit.log")
	case $v in
	"1 BROKEN: line $2 of "*"$3"*) ok 0 "$1 is named" ;;
	*)	ok 1 "$1 is named"; echo "# $v" ;;
	esac
}
tamper "a flipped byte" 2 "does not follow" '1s/"one"/"onf"/'
tamper "a removed line" 2 "does not follow" '2d'
tamper "a swapped line" 2 "does not follow" '2{h;d};3G'
tamper "a changed seal" 3 "seal" 's/"seal":"./"seal":"z/'
# Who re-chains what was changed has no key to seal it with.
python3 - "$work/good" "$work/t/audit.log" <<'EOF'
import hashlib, re, sys
prev = "0" * 64
with open(sys.argv[2], "w") as out:
    for line in open(sys.argv[1]):
        line = line.replace('"one"', '"uno"').rstrip("\n")
        line = re.sub('"prev":"[0-9a-f]*"', '"prev":"%s"' % prev, line)
        prev = hashlib.sha256(line.encode()).hexdigest()
        out.write(line + "\n")
EOF
case $(verify "$work/t/audit.log") in
"1 BROKEN: line 3 of "*"carries a seal that was not made with this log's key"*)
	ok 0 "a log that was written anew does not carry our seals" ;;
*)	ok 1 "a log that was written anew does not carry our seals"
	sed 's/^/# /' "$work/verify" ;;
esac
sed '4,$d' "$work/good" > "$work/t/audit.log"
is "$(verify "$work/t/audit.log" | cut -d: -f1)" "0 whole" \
    "a log that was cut is whole by itself"
is "$(verify "$work/t/audit.log" "$head" | cut -d: -f1)" "1 BROKEN" \
    "but not with the head that was noted"

# The engine itself notices at its start.
cp "$work/t/audit.log" "$own/audit.log"
startown 0
grep -q 'ends at line 3, but line 5 was sealed' "$work/log"
ok $? "a log that was cut is noticed at the start"
d drain > /dev/null
drive_end
grep -q '"event":"audit_gap"' "$own/audit.log"
ok $? "and the log says so"
is "$(verify "$own/audit.log" | cut -d: -f1)" "0 whole" "its chain goes on"

# --- full files
touch -d '40 days ago' "$own/audit.log"
startown 0
d audit relay 0 message later > /dev/null
d drain > /dev/null
drive_end
is "$(ls "$own" | grep -c '^audit-0*1.log$')" 1 "another month, another file"
head -n 1 "$own/audit.log" | grep -q '"event":"audit_opened"'
ok $? "which says where it goes on from"
is "$(verify "$own"/audit-*.log "$own/audit.log" | cut -d: -f1)" "0 whole" \
    "all files are one chain"
is "$(verify "$own/audit.log" | cut -d: -f1)" "0 whole" \
    "and the last alone is the rest of one"
touch -d '40 days ago' "$own"/audit-*.log
startown 86400
d drain > /dev/null
drive_end
is "$(ls "$own" | grep -c '^audit-')" 1 \
    "what is too old stays until the clock has held for a while"
mv "$own/audit.log" "$work/last"
: > "$own/audit.log"
chown 4920:4920 "$own/audit.log"
startown 0
d audit relay 0 message later > /dev/null
d drain > /dev/null
drive_end
is "$(verify "$own"/audit-*.log "$own/audit.log" | cut -d: -f1)" "0 whole" \
    "an empty log goes on from the last full file"
echo 00 > "$own/seal.key"
chown 4920:4920 "$own/seal.key"
startown 0
is "$started" closed "a damaged key is not replaced"
grep -q 'seal.key is not the signing key' "$work/log"
ok $? "and the log says what to do"
exec 5>&- 6<&-

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
