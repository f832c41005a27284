"""Runs as a script of its own: becomes the given command, after arranging that it cannot outlive its parent.

`python -I -S child.py PARENT_PID SIGNAL USER COMMAND...`: asks the kernel (Linux only) to send SIGNAL when the parent dies,
and, when USER is not `-`, changes to that user: PostgreSQL refuses to run as root. The user keeps the right to read
through folders that only root may enter, so that no permission of a folder has to be changed. Only the standard library.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
CAPABILITY_VERSION_3 = 0x20080522
PARENT_IS_GONE = 75


class Header(ctypes.Structure):
    """`__user_cap_header_struct` of capset(2)."""

    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class Data(ctypes.Structure):
    """`__user_cap_data_struct` of capset(2)."""

    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def become(user: str) -> None:
    """Change to `user` (from root) for good, keeping one capability if the machine grants it: to pass closed folders."""
    entry = pwd.getpwnam(user)
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    header, held = Header(CAPABILITY_VERSION_3, 0), (Data * 2)()
    if libc is not None:
        libc.capget(ctypes.byref(header), held)
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    if libc is None:
        return
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        bit = 1 << capability
        if held[0].permitted & bit:
            kept = (Data * 2)(Data(bit, bit, bit), Data(0, 0, 0))
            if libc.capset(ctypes.byref(header), kept) == 0:
                libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)
                return


def main() -> None:
    """Never returns: becomes the command, or ends with code 75 when the parent has died in the meantime."""
    parent, signal, user, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]
    if user != "-":
        become(user)
    if sys.platform == "linux":  # after the change of user, which clears it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(PARENT_IS_GONE)
    os.execv(command[0], command)  # noqa: S606 - the whole purpose


if __name__ == "__main__":
    main()
