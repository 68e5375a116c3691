#!/bin/sh
# What the sources may not do: include upwards, call what belongs to one
# file, use what the style refuses, grow too long, lack a header.

. "$(dirname "$0")/tap.sh"
cd "$top" || exit 1

ours=$(git ls-files '*.c' '*.h' '*.y' 2> /dev/null)
[ -n "$ours" ] || ours=$(find . -name '*.[chy]' -not -path './obj*' | sed 's,^\./,,')
prog=$(echo "$ours" | grep -v '^regress/')

includes() {		# includes DIR PATTERN: includes below DIR that match
	echo "$prog" | grep "^$1" | xargs grep -nE "#include \"($2)" /dev/null
}

includes telclauded/lib/ '(parent|engines|firewall|telclauded/(conf|ctl))' |
    empty "lib includes nothing above it"
includes imsg/ '(parent|engines|firewall|telclauded/(conf|ctl))' |
    empty "imsg includes only itself and lib"
includes firewall/ '(parent|engines|telclauded/(conf|ctl))' |
    empty "firewall includes only imsg and lib"
includes engines/ '(parent|firewall|telclauded/(conf|ctl))' |
    empty "engines include nothing of the parent"
includes parent/ 'engines/(relay|agent|runner|tool|gate|totp|audit|keeper|resolver|egress)/' |
    empty "the parent includes no engine"
for e in relay agent runner tool gate totp audit keeper resolver egress; do
	includes "engines/$e/" 'engines/' | grep -v "\"engines/$e/" |
	    grep -v '"engines/common/'
done | empty "engines never include each other"

only() {		# only PATTERN ALLOWED-FILES NAME
	echo "$prog" | xargs grep -nE "(^|[^a-z_.>])($1)\(" /dev/null |
	    grep -vE ':[0-9]+:[[:space:]]*(/?\*|\*)' |
	    grep -vE "^($2):" | empty "$3"
}
only 'sendmsg|recvmsg' 'imsg/(linkio|fdpass).c|telclauded/conf/conffd.c' \
    "only imsg passes descriptors (and the configuration's child)"
only 'setresuid|setresgid|execveat|chroot' \
    'parent/((spawn|asuser|platform)|tool/(toolexec|toolns|toolfall))[a-z]*.c' \
    "only the spawn files change identity"
only 'seccomp_[a-z_]+' 'engines/common/cagegen.c' \
    "libseccomp is used during the build alone"
echo "$prog" | xargs grep -n 'SYS_seccomp' /dev/null |
    grep -v '^engines/common/cage.c:' | empty "one file calls seccomp(2)"
echo "$prog" | xargs grep -ln 'include <sqlite3.h>' /dev/null |
    grep -vE 'store[a-z]*\.[ch]$' | empty "SQL lives in store files"
only 'strcpy|strcat|sprintf|vsprintf|system|popen|alloca|gets|strtok|atoi|tmpnam|mktemp' \
    'none' "nothing the style refuses is called"

for f in $ours; do
	head -n 3 "$f" | grep -q 'SPDX-License-Identifier: ISC' || echo "$f"
done | empty "every file names its licence"
for f in $ours; do
	case $f in
	regress/*) m=900 ;;
	*.h) m=200 ;;
	*.y) m=900 ;;
	*) m=450 ;;
	esac
	n=$(wc -l < "$f")
	[ "$n" -le "$m" ] || echo "$f: $n lines, at most $m"
done | empty "no file is too long"
if command -v ctags > /dev/null 2>&1; then
	echo "$prog" | grep '\.c$' | ctags -L - --languages=C --kinds-C=f \
	    --fields=+ne -o - 2> /dev/null | awk -F'\t' '{
		l = e = 0
		for (i = 4; i <= NF; i++) {
			if ($i ~ /^line:/) l = substr($i, 6)
			if ($i ~ /^end:/) e = substr($i, 5)
		}
		if (e - l + 1 > 60) print $2 ":" l " " $1 " " e - l + 1 " lines"
	}' | empty "no function is longer than 60 lines"
else
	skip "no function is longer than 60 lines" "no ctags here"
fi
echo "$ours" | xargs grep -nE 'TODO|FIXME|\<XXX\>' /dev/null | empty "nothing is left for later"
for f in $prog; do
	expand "$f" | awk -v f="$f" 'length($0) > 80 {
		print f ":" FNR ": " length($0) " columns"
	}'
done | empty "no line is longer than 80 columns"

# A program prints one plan: another one hides what came before it.
echo "$ours" | grep '^regress/unit/t_.*\.c$' | while read -r f; do
	n=$(grep -cE '(run_group_tests(_name)?|world_main)\(' "$f")
	[ "$n" -eq 1 ] || echo "$f: $n groups of tests, one is a program's"
done | empty "every unit test is one group"

# A row nobody sends is a row too many.
sed -n 's/^M(\([A-Z_]*\),.*/\1/p' imsg/msg.def | while read -r m; do
	case $m in M) continue ;; esac
	echo "$prog" | xargs grep -q "msg_send_$m(" /dev/null ||
	    echo "$m is sent by nobody"
done | empty "every message is used"
tap_done
