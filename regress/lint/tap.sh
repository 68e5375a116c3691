# Shell helpers for tests that print TAP: ok, notok, is, done.
# Sourced by regress/*/*.t.

# Counters live in a file, since `... | empty' runs in a subshell.
tap_file=$(mktemp)
echo 0 0 > "$tap_file"
trap 'rm -f "$tap_file"' EXIT
top=$(cd "$(dirname "$0")/../.." && pwd)
OBJ=${OBJ:-$top/obj}

tap_count() {		# tap_count BAD: the next number in tap_n
	read -r tap_n tap_bad < "$tap_file"
	tap_n=$((tap_n + 1))
	echo "$tap_n $((tap_bad | $1))" > "$tap_file"
}
ok() {			# ok NAME: the test before it succeeded
	tap_count 0
	echo "ok $tap_n - $*"
}
notok() {		# notok NAME; lines on stdin become diagnostics
	tap_count 1
	echo "not ok $tap_n - $*"
	sed 's/^/# /'
}
skip() {		# skip NAME REASON
	tap_count 0
	echo "ok $tap_n - $1 # SKIP $2"
}
empty() {		# empty NAME: stdin must hold nothing
	_out=$(cat)
	if [ -z "$_out" ]; then ok "$*"; else echo "$_out" | notok "$*"; fi
}
tap_done() {
	read -r tap_n tap_bad < "$tap_file"
	echo "1..$tap_n"
	exit "$tap_bad"
}
