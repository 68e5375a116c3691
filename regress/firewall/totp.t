#!/bin/sh
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The real second-factor engine in its cage: enrolment, codes, its file.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || skip_all "needs root"
work=$(mktemp -d)
trap cleanup EXIT INT TERM
chmod 711 "$work"
FDK_TOTP_KEY=3 FDK_STATE=6
TS_NONE=0 TS_PENDING=1 TS_ACTIVE=2 TS_UNKNOWN=3
TR_OK=0 TR_WRONG=1 TR_USED=2 TR_LOCKED=3 TR_NONE=4 TR_BROKEN=5 TR_ACTIVE=6
mkdir -m 700 "$work/state"
chown 4921 "$work/state"
file=$work/state/secrets

start() {	# key
	drive 4921 "$OBJ/libexec/totp"
	d fd $FDK_STATE "$work/state" dir > /dev/null
	d fd $FDK_TOTP_KEY "$1" secret > /dev/null
	d link relay > /dev/null
	d link ctl > /dev/null
	started=$(d begin)
}
code() {	# the right code, so many steps on
	d code "$1"
}
verdict() { echo "result $1 wait 0"; }
# A step must not end between making a code and trying it.
quiet() {
	while [ $(($(date +%s) % 30)) -ge 26 ]; do sleep 0.5; done
}

start correct-horse-battery
is "$started" ok "it starts"
is "$(d check admin)" "state $TS_NONE" "nobody is enrolled"
is "$(d verify admin 123456)" "$(verdict $TR_NONE)" "no code is right then"
uri=$(d enrol admin)
case $uri in
"result 0 otpauth://totp/Telclaude:admin?secret="*"&issuer=Telclaude&algorithm=SHA1&digits=6&period=30")
	ok 0 "enrolment gives the line for a phone" ;;
*)	ok 1 "enrolment gives the line for a phone: $uri" ;;
esac
is "$(d check admin)" "state $TS_PENDING" "pending until proven"
[ ! -e "$file" ]
ok $? "and nothing is stored"
quiet
is "$(d verify admin "$(code 0)")" "$(verdict $TR_NONE)" \
    "a pending secret verifies nothing"
is "$(d confirm admin 12345x)" "$(verdict $TR_WRONG)" "a wrong first code"
is "$(d check admin)" "state $TS_PENDING" "changes nothing"
is "$(d confirm admin "$(code 0)")" "$(verdict $TR_OK)" "the right one"
is "$(d check admin)" "state $TS_ACTIVE" "puts it in force"
is "$(d heard)" "enrolled to parent of admin, enrolled to relay of admin" \
    "the parent, which audits, and the relay hear of it"
is "$(stat -c %a "$file")" 600 "the file is 0600"
is "$(ls "$work/state" | tr '\n' ' ')" "secrets tries " \
    "alone in its directory but for the count of wrong codes"
is "$(stat -c %a "$work/state/tries")" 600 "which is 0600, too"
is "$(head -n 1 "$file" | cut -d' ' -f1-2)" "telclaude-totp 1" "named"
head -n 1 "$file" | grep -a -q -x -e '.* aes-256-gcm' \
    -e '.* xchacha20-poly1305'
ok $? "with its algorithm"
secret=$(echo "$uri" | sed 's/.*secret=\([A-Z2-7]*\).*/\1/')
grep -a -q "$secret" "$file"
ok $((! $?)) "and the secret is not in it"
is "$(d verify admin "$(code 0)")" "$(verdict $TR_USED)" \
    "the code that enrolled is used up"
quiet
next=$(code 1)
is "$(d verify admin "$next")" "$(verdict $TR_OK)" "the next step's is right"
is "$(d verify admin "$next")" "$(verdict $TR_USED)" "once"
is "$(d verify admin "$(code -1)")" "$(verdict $TR_USED)" "an older is too late"
is "$(d verify admin "$(code 3)")" "$(verdict $TR_WRONG)" "a later too early"
is "$(d heard)" nothing "a code to sign in is told to nobody else"
is "$(d enrol admin)" "result $TR_ACTIVE " "no second enrolment over it"

# --- kill -9 in mid-life: what was used stays used
d pid > /dev/null
kill -9 "$reply"
drive_end
start correct-horse-battery
is "$(d check admin)" "state $TS_ACTIVE" "in force after kill -9"
is "$(d verify admin "$next")" "$(verdict $TR_USED)" "used is used after it"
for i in 2 3 4 5; do
	d verify admin 00000$i > /dev/null
done
d verify admin "$(code 1)" > "$work/locked"
grep -q "result $TR_LOCKED wait 300" "$work/locked"
ok $? "after five wrong codes it is closed for 300 s, right or wrong"
is "$(d verify admin 000000 43)" "$(verdict $TR_WRONG)" \
    "for the number that gave them, not for another one"
is "$(d verify admin 000000 0) $(d verify admin 000000 -1)" \
    "$(verdict $TR_WRONG) $(verdict $TR_WRONG)" "what is no number"
d pid > /dev/null
kill -9 "$reply"
drive_end
start correct-horse-battery
d verify admin "$(code 1)" > "$work/locked"
grep -q -E "result $TR_LOCKED wait (300|29[0-9])" "$work/locked"
ok $? "and stays closed over kill -9"
d copy 0 "$work/copied" > "$work/said"
cmp -s "$file" "$work/copied"
ok $? "a copy is the sealed file, byte for byte"
is "$(cat "$work/said")" "copy 0 secrets to read" "by a descriptor to read"
d copy 1 "$work/tries" > "$work/said"
cmp -s "$work/state/tries" "$work/tries"
ok $? "the next one is what was tried, byte for byte"
is "$(d copy 2 "$work/none")" "copy 1 " "and there is no other part"
drive_end
is "$ended" "exit 0" "no call of it was blocked"

# --- another key, a damaged file, none
broken() {	# what, key
	start "$2"
	is "$started" ok "$1: it runs"
	is "$(d check admin)" "state $TS_UNKNOWN" "$1: cannot tell"
	is "$(d check nobody)" "state $TS_UNKNOWN" "$1: nor of others"
	is "$(d verify admin 123456)" "$(verdict $TR_BROKEN)" "$1: none is right"
	is "$(d enrol other)" "result $TR_BROKEN " "$1: nobody is enrolled"
	drive_end
	cmp -s "$file" "$work/kept"
	ok $? "$1: the file is left as it was"
}
cp -p "$file" "$work/good"
cp "$file" "$work/kept"
broken "another key" wrong-key
grep -q 'does not open with this key' "$work/log"
ok $? "the log says why"
size=$(stat -c %s "$file")
head -c $((size - 1)) "$work/good" > "$file"
cp "$file" "$work/kept"
broken "a cut file" correct-horse-battery
: > "$file"
cp "$file" "$work/kept"
broken "an empty file" correct-horse-battery
cp "$work/good" "$file"
printf '\377' | dd of="$file" bs=1 seek=$((size - 9)) conv=notrunc 2> /dev/null
cp "$file" "$work/kept"
broken "a changed byte" correct-horse-battery
cp "$work/good" "$file"
chown root "$file"
cp "$file" "$work/kept"
broken "a file of root's" correct-horse-battery
chown 4921 "$file"
start correct-horse-battery
is "$(d check admin)" "state $TS_ACTIVE" "put back, it is well again"

# --- one action; the end of a second factor
is "$(d remove admin)" "$(verdict $TR_OK)" "the administrator takes it away"
is "$(d check admin)" "state $TS_NONE" "it is gone"
is "$(d heard)" "removed to parent of admin, removed to relay of admin" \
    "and both hear of it"
is "$(d remove admin)" "$(verdict $TR_NONE)" "once"
d enrol admin > /dev/null
quiet
d confirm admin "$(code -1)" > /dev/null
d heard > /dev/null
now=$(code 0)
is "$(d verify admin 000000 42 action)" "$(verdict $TR_WRONG)" \
    "a wrong code for an action"
is "$(d heard)" nothing "is told to nobody"
is "$(d verify admin "$now" 42 action)" "$(verdict $TR_OK)" "a right one"
is "$(d heard)" "ok to parent of admin" "to the parent"
is "$(d verify admin "$now" 42 action)" "$(verdict $TR_USED)" "once"
is "$(d disable admin "$now")" "$(verdict $TR_USED)" \
    "and not to give the second factor up"
is "$(d disable admin 000000)" "$(verdict $TR_WRONG)" "nor does a wrong one"
is "$(d heard)" nothing "of which nobody hears"
is "$(d disable admin "$(code 1)")" "$(verdict $TR_OK)" "the next one does"
is "$(d heard)" "disabled to parent of admin, disabled to relay of admin" \
    "and is told"
rm "$file"
is "$(d copy 0 "$work/none")" "copy 3 secrets" "without a file: absent"

# --- idle
d pid > /dev/null
pid=$reply
sleep 0.3
before=$(grep ctxt "/proc/$pid/status")
sleep 1
is "$(grep ctxt "/proc/$pid/status")" "$before" "it sleeps while idle"
echo "# $(grep -h -e '^Pss:' "/proc/$pid/smaps_rollup" | tr -s ' ')," \
    "$(grep -h -e '^Anonymous:' "/proc/$pid/smaps_rollup" | tr -s ' ')"
anon=$(sed -n 's/^Anonymous: *\([0-9]*\) kB/\1/p' "/proc/$pid/smaps_rollup")
[ "$anon" -le 512 ]
ok $? "less than half a MiB of its own memory"
# The parent hears of it on another channel, sooner or later than that.
case $(d raw relay) in
closed | misbehaved*) ok 0 "a forbidden message closes the relay's channel" ;;
*) ok 1 "a forbidden message closes the relay's channel" ;;
esac
drive_end

start ""
is "$started" closed "an empty key is no key"
exec 5>&- 6<&-
finish
