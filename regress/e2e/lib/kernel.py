# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# What this kernel cannot do, for tests that are about just that.
import ctypes
import os
import tempfile


def landlock():
    """The version, 0 without: landlock_create_ruleset(NULL, 0, VERSION)."""
    return max(0, ctypes.CDLL(None).syscall(444, None, 0, 1))


def no_fallback():
    """Why tools without namespaces are refused here, or None."""
    n = landlock()
    return None if n >= 3 else "tools without namespaces need Landlock 3 " \
        "(Linux 6.2); this kernel has %d" % n


def tmpfs_xattr():
    """Does a tmpfs take attributes of users?  Since Linux 6.6."""
    with tempfile.NamedTemporaryFile(dir="/dev/shm") as f:
        try:
            os.setxattr(f.name, "user.probe", b"1")
        except OSError:
            return False
    return True
