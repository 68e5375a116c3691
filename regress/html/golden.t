#!/bin/sh
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Each page here and the Markdown a model gets of it: NAME.html, NAME.ok.
# `sh regress/html/golden.t update' writes them anew.

. "$(dirname "$0")/../lint/tap.sh"
cd "$top/regress/html" || exit 1
tool=$OBJ/test/htmltool
[ -x "$tool" ] || { echo "1..0 # SKIP $tool is not built"; exit 0; }
for f in *.html; do
	n=${f%.html}
	if [ "${1:-}" = update ]; then
		"$tool" < "$f" > "$n.ok"
	elif "$tool" < "$f" 2>&1 | cmp -s - "$n.ok"; then
		ok "$n"
	else
		"$tool" < "$f" 2>&1 | diff "$n.ok" - | notok "$n"
	fi
done
[ "${1:-}" = update ] || tap_done
