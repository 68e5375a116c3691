#!/bin/sh
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The ruleset as text: a wider rule is a reviewed difference.  And nft itself
# must read it, and list what netlink made of it in the same words.
. "$(dirname "$0")/lib.sh"
work=$(mktemp -d)
trap cleanup EXIT INT TERM
for in in "$here"/*.fw; do
	name=$(basename "$in" .fw)
	( cat "$in"; echo text ) | "$OBJ/test/fwtool" pure |
	    grep -v -x -e ok -e closed > "$work/$name"
	cmp -s "$work/$name" "$here/$name.ok"
	ok $? "$name: as agreed"
	diff -u "$here/$name.ok" "$work/$name" | sed 's/^/# /'
	if [ "$(id -u)" -eq 0 ] && command -v nft > /dev/null &&
	    unshare -n true 2> /dev/null; then
		grep -v 'flags owner' "$here/$name.ok" > "$work/plain"
		unshare -n nft -c -f "$work/plain"
		ok $? "$name: nft reads it"
		# What was sent by netlink lists as what was said in text.
		flat() { tr -s ' \t\n,' '    ' | sed 's/ *; */ /g
		    s/# progname [a-z]* //; s/priority mangle/priority -150/
		    s/priority filter + 10/priority 10/
		    s/ packets 0 bytes 0//g; s/ size [0-9]*//g'; }
		( cat "$in"; echo apply; sleep 2 ) | unshare -n sh -c \
		    "exec 3<&0; $OBJ/test/fwtool <&3 > $work/answers &
		    until [ \$(wc -l < $work/answers) -gt \$(wc -l < $in) ]
		    do sleep 0.02; done
		    nft list table inet telclaude; kill \$!" | flat > "$work/listed"
		flat < "$here/$name.ok" > "$work/said"
		cmp -s "$work/listed" "$work/said"
		ok $? "$name: the kernel has exactly that"
		diff "$work/said" "$work/listed" | sed 's/^/# /' | cut -c1-3000
	fi
done
finish
