#!/bin/sh
# Every request our programs made during the end-to-end tests, against what
# two foreign client libraries say the servers take.  The libraries come from
# the npm registry, at pinned versions, into $OBJ; they are not committed.
# TC_CONTRACT_REQUIRED=1 makes a skip a failure.

here=$(cd "$(dirname "$0")" && pwd)
OBJ=${OBJ:-$here/../../obj}
dir=$OBJ/contract

skip() {
	if [ "${TC_CONTRACT_REQUIRED:-0}" = 1 ]; then
		echo "1..1"
		echo "not ok 1 - the contract is checked: $1"
		exit 1
	fi
	echo "1..0 # SKIP $1"
	exit 0
}

command -v node > /dev/null || skip "node is not installed"
command -v npm > /dev/null || skip "npm is not installed"
[ "$(node -p 'process.versions.node.split(".")[0] >= 18')" = true ] ||
	skip "node $(node -v) is too old, 18 is needed"

mkdir -p "$dir"
if ! cmp -s "$here/package.json" "$dir/package.json" ||
    [ ! -f "$dir/messages.json" ] ||
    [ "$here/schemas.mjs" -nt "$dir/messages.json" ]; then
	rm -f "$dir/messages.json"
	cp "$here/package.json" "$here/schemas.mjs" "$dir/"
	(cd "$dir" && npm install --no-audit --no-fund --ignore-scripts \
	    > npm.log 2>&1) || {
		rm -f "$dir/package.json"
		skip "npm install failed: $(tail -n 1 "$dir/npm.log")"
	}
	(cd "$dir" && node schemas.mjs > schemas.log 2>&1) || {
		echo "1..1"
		echo "not ok 1 - schemas of the two APIs"
		grep -m 3 Error "$dir/schemas.log" | sed 's/^/# /'
		exit 1
	}
fi

# The records of the chat tests; made now when they did not run before.
if [ ! -f "$OBJ/records/chain.tg.log" ]; then
	"$here/../e2e/chain.t" > "$dir/chain.log" 2>&1 || {
		echo "1..1"
		echo "not ok 1 - a conversation to look at (e2e/chain.t)"
		grep '^not ok' "$dir/chain.log" | sed 's/^/# /'
		exit 1
	}
	[ -f "$OBJ/records/chain.tg.log" ] || skip "e2e/chain.t was skipped"
fi
exec node "$here/check.mjs" "$dir" "$OBJ"/records/*.log
