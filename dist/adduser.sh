#!/bin/sh
# Makes the users of sysusers.conf where systemd-sysusers is not there.
set -eu
while read -r type name _; do
	case $type in
	g)	getent group "$name" > /dev/null || groupadd -r "$name" ;;
	u)	getent passwd "$name" > /dev/null ||
		    useradd -r -M -d /var/empty -s /usr/sbin/nologin "$name" ;;
	esac
done < "$1"
