#!/bin/sh
# What the programs are made of: hardening flags that reached the binary,
# and the libraries each carries (part of the security story).

. "$(dirname "$0")/tap.sh"
cd "$top" || exit 1

programs=$(ls "$OBJ"/bin/* "$OBJ"/libexec/* 2> /dev/null)
[ -n "$programs" ] || { echo "nothing is built in $OBJ" | notok "programs are built"; tap_done; }

for p in $programs; do
	h=$(readelf -hlWd "$p")
	n=${p##*/}
	echo "$h" | grep -q 'Type:.*DYN' || echo "$n: not PIE"
	echo "$h" | grep -q GNU_RELRO || echo "$n: no RELRO"
	echo "$h" | grep -qE 'BIND_NOW|FLAGS_1.*NOW' || echo "$n: not BIND_NOW"
	echo "$h" | grep 'GNU_STACK' | grep -q 'RWE' && echo "$n: executable stack"
	echo "$h" | grep -qE 'RPATH|RUNPATH' && echo "$n: RPATH"
	readelf -sW "$p" | grep -q '__stack_chk_fail' || echo "$n: no stack protector"
done | empty "every program is hardened"

# Debian 12's start files carry no mark, so look at our own objects.
if [ "$(uname -m)" = x86_64 ]; then
	for o in "$OBJ"/imsg/*.o "$OBJ"/parent/*.o "$OBJ"/parent/*/*.o "$OBJ"/engines/*/*.o; do
		readelf -nW "$o" | grep -q 'IBT, SHSTK' || echo "$o"
	done | empty "every object is compiled for IBT and shadow stacks"
else
	skip "every object is compiled for IBT and shadow stacks" "not x86_64"
fi

golden=$top/regress/lint/libs.ok
now=$(for p in $programs; do
	echo "${p##*/}:" $(readelf -dW "$p" | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p' |
	    sed 's/\.so.*//' | sort)
done | sort)
if [ "$now" = "$(cat "$golden" 2> /dev/null)" ]; then
	ok "each program carries just its libraries"
else
	echo "$now" | diff "$golden" - | notok "each program carries just its libraries (regress/lint/libs.ok)"
fi

for e in agent runner audit keeper totp resolver tool egress; do
	[ -f "$OBJ/libexec/$e" ] || continue
	readelf -dW "$OBJ/libexec/$e" | grep -E 'NEEDED.*(libcurl|libssl|libcrypto)' | sed "s/^/$e: /"
done | empty "no TLS and no libcurl outside relay, gate and fetch"
tap_done
