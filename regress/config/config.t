#!/bin/sh
# The configuration language: golden files, both ways.
#   X.conf   parses; printed it is X.ok, and X.ok printed is X.ok again
#   X.later  the warnings of X.conf
#   X.bad    does not; its errors and warnings are X.err
#   X.json   translates to X.conf.ok, warnings X.warn, and parses
#   X.jbad   does not; its errors are X.err
# REGEN=1 writes the golden files anew, to be read before they are committed.

top=$(cd "$(dirname "$0")/../.." && pwd)
obj=${OBJ:-$top/obj}
tool=$obj/test/conftool
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT INT TERM
gold=$top/regress/config
# Copies: a file with a literal secret must be its reader's.
mkdir "$tmp/in" && cp "$gold"/*.conf "$gold"/*.inc "$gold"/*.bad \
    "$gold"/*.json "$gold"/*.jbad "$tmp/in" &&
    chmod 600 "$tmp/in"/* && cd "$tmp/in" || exit 1
n=0
bare="env -i PATH=$PATH ASAN_OPTIONS=${ASAN_OPTIONS:-}"

ok() {			# ok STATUS NAME
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}
same() {		# same GOT GOLDEN NAME
	[ -n "${REGEN:-}" ] && cp "$1" "$gold/$2"
	if cmp -s "$1" "$gold/$2"; then ok 0 "$3"; else
		diff -u "$gold/$2" "$1" | sed 's/^/# /'
		ok 1 "$3"
	fi
}

cp "$top/dist/telclauded.conf.example" "$tmp/dist.conf"
$bare "$tool" errors "$tmp/dist.conf" > "$tmp/out" ||
    sed 's/^/# /' "$tmp/out"
# Nobody is served by a number that is somebody's: that is all it lacks.
[ "$(grep -c . "$tmp/out")" -eq 1 ] &&
    grep -q 'no chat is listed, so nobody is served yet' "$tmp/out"
ok $? "the installed example has no errors, and serves nobody"
sed -e '/(\*)/s/^#\([^ ]\)/\1/' "$tmp/dist.conf" > "$tmp/mine.conf"
$bare "$tool" errors "$tmp/mine.conf" > "$tmp/out" ||
    sed 's/^/# /' "$tmp/out"
[ ! -s "$tmp/out" ] && grep -q '^me =' "$tmp/mine.conf"
ok $? "with its (*) lines it has neither errors nor warnings"

for f in *.conf; do
	b=${f%.conf}
	$bare "$tool" print "$f" > "$tmp/out" 2> "$tmp/err" ||
	    sed 's/^/# /' "$tmp/err"
	same "$tmp/out" "$b.ok" "$f is printed as $b.ok"
	cp "$gold/$b.ok" "$tmp/again.conf"
	$bare "$tool" print "$tmp/again.conf" > "$tmp/out" 2> "$tmp/err" ||
	    sed 's/^/# /' "$tmp/err"
	cmp -s "$tmp/out" "$gold/$b.ok"
	ok $? "$b.ok is printed as itself"
done
for b in example odd; do
	$bare "$tool" errors "$b.conf" > "$tmp/out"
	same "$tmp/out" "$b.later" "$b.conf: what is not effective yet is named"
done
for f in *.bad; do
	b=${f%.bad}
	if $bare "$tool" errors "$f" > "$tmp/out" 2>&1; then r=1; else r=0; fi
	ok $r "$f is refused"
	same "$tmp/out" "$b.err" "$f: all its errors"
done
for f in *.json; do
	b=${f%.json}
	$bare "$tool" json "$f" > "$tmp/out.conf" 2> "$tmp/warn" ||
	    sed 's/^/# /' "$tmp/warn"
	same "$tmp/out.conf" "$b.native" "$f is translated to $b.native"
	same "$tmp/warn" "$b.warn" "$f: what has no effect is named"
	chmod 600 "$tmp/out.conf"
	if $bare ANTHROPIC_API_KEY=k WORKSPACE_PATH=/tmp TELEGRAM_BOT_TOKEN=t \
	    TOTP_ENCRYPTION_KEY=k OPENAI_API_KEY=o MOLTBOOK_API_KEY=m \
	    "$tool" errors "$f" > "$tmp/err"; then r=0; else
		r=1
		sed 's/^/# /' "$tmp/err"
	fi
	ok $r "$f: the native parser takes the translation"
done
for f in *.jbad; do
	b=${f%.jbad}
	cp "$f" "$tmp/telclaude.json"
	chmod 600 "$tmp/telclaude.json"
	if $bare "$tool" errors "$tmp/telclaude.json" > "$tmp/out" 2>&1
	then r=1; else r=0; fi
	sed "s,$tmp/,," "$tmp/out" > "$tmp/out2"
	ok $r "$f is refused"
	same "$tmp/out2" "$b.err" "$f: its errors name path and line"
done
echo "1..$n"
