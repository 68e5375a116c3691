#!/bin/sh
# The manual pages are clean, and the table of messages is the code's.

. "$(dirname "$0")/tap.sh"
cd "$top" || exit 1

if ! command -v mandoc > /dev/null 2>&1; then
	skip "manual pages are clean" "no mandoc here"
	tap_done
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir" "$tap_file"' EXIT
cp man/*.[578] "$OBJ"/man/*.[578] "$dir"
for f in "$dir"/*; do
	mandoc -T lint -W style "$f" 2>&1 | sed "s,$dir/,," |
	    grep -vE 'referenced manual not found: Xr|outdated mandoc.db'
done | empty "manual pages are clean"
for f in telclauded.8 telclaudectl.8 telclauded.conf.5 telclauded-messages.7; do
	[ -s "$dir/$f" ] || echo "$f"
done | empty "every page is there"

# Two merges of one section do not become two sections.
for f in "$dir"/*; do
	grep '^\.S[hs] ' "$f" | sort | uniq -d | sed "s,^,${f##*/}: ,"
done | empty "no section is there twice"

# Every keyword of the grammar is in the manual, and every command in its own.
grep '^%token [A-Z]' telclauded/conf/parse.y | grep -o '"[a-z0-9-]*"' | tr -d '"' |
    awk 'END { if (NR < 100) print "no-keywords-found" } 1' | while read -r k; do
	grep -qwE -- "$k" man/telclauded.conf.5.in || echo "$k"
done | empty "every keyword is in telclauded.conf(5)"
sed -n 's/^	{ { "\([a-z]*\)"\(, "\([a-z]*\)"\)* .*/\1 \3/p' \
    telclauded/ctl/sentence.c | while read -r a b; do
	grep -qE "Cm $a( $b)?" man/telclaudectl.8 || echo "$a $b"
done | empty "every command is in telclaudectl(8)"
tap_done
