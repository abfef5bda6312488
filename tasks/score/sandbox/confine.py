"""What a program in the sandbox may not do, beyond what bubblewrap forbids. Standard library only."""

import ctypes
import fcntl
import os
import platform
import resource
import struct

_MEMORY = 512 << 20
_FILE = 8 << 20
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 4, 38, 22, 2
_PR_SET_CHILD_SUBREAPER = 36
# Audit architecture, five calls that are refused by their arguments, then what is refused: new programs and processes,
# tracing, signalling and slowing down others, sockets, namespaces, mounts, keyrings, attributes of files (which the
# scratch space would keep), memory and queues that outlive the process, and the kernel interfaces that could do these
# by another name.
SYSTEM_CALLS = {
    "x86_64": (
        0xC000003E,
        {"clone": 56, "tgkill": 234, "prlimit": 302, "fcntl": 72, "ioctl": 16},
        (
            57,
            58,
            59,
            322,
            101,
            310,
            311,
            312,
            62,
            200,
            129,
            297,
            424,
            434,
            438,
            41,
            272,
            308,
            165,
            425,
            321,
            323,
            298,
            141,
            142,
            144,
            203,
            314,
            251,
            256,
            279,
            440,
            448,
            248,
            249,
            250,
            29,
            64,
            68,
            240,
            188,
            189,
            190,
            463,
            469,
        ),
    ),
    "aarch64": (
        0xC00000B7,
        {"clone": 220, "tgkill": 131, "prlimit": 261, "fcntl": 25, "ioctl": 29},
        (
            221,
            281,
            117,
            270,
            271,
            272,
            129,
            130,
            138,
            240,
            424,
            434,
            438,
            198,
            97,
            268,
            40,
            425,
            280,
            282,
            241,
            140,
            118,
            119,
            122,
            274,
            30,
            238,
            239,
            440,
            448,
            217,
            218,
            219,
            194,
            190,
            186,
            180,
            5,
            6,
            7,
            463,
            469,
        ),
    ),
}
# Of fcntl and ioctl: whom a descriptor signals, a lease (others wait for its end), and flags of files.
_FCNTL = (fcntl.F_SETOWN, 15, fcntl.F_SETLEASE)  # F_SETOWN_EX
_IOCTL = (0x8901, 0x8902, 0x40086602, 0x401C5820)  # FIOSETOWN, SIOCSPGRP, FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR
_CLONE3, _CLONE_THREAD, _EPERM, _ENOSYS = 435, 0x10000, 1, 38


def confine() -> None:
    """Refuse the child every way to start, trace, signal or limit another process (seccomp, with no way back)."""
    architecture, calls, refused = SYSTEM_CALLS[platform.machine()]
    load, equal, at_least, has_bits, give = 0x20, 0x15, 0x35, 0x45, 0x06
    first, second = (load, 0, 0, 16), (load, 0, 0, 24)
    deny, allow = (give, 0, 0, 0x00050000 | _EPERM), (give, 0, 0, 0x7FFF0000)
    arguments = {
        "clone": [first, (has_bits, 1, 0, _CLONE_THREAD), deny, allow],
        "tgkill": [first, (equal, 1, 0, os.getpid()), deny, allow],
        "prlimit": [first, (equal, 1, 0, 0), deny, allow],
        "fcntl": [second, *(rule for command in _FCNTL for rule in ((equal, 0, 1, command), deny)), allow],
        "ioctl": [second, *(rule for command in _IOCTL for rule in ((equal, 0, 1, command), deny)), allow],
    }
    rules = [
        (load, 0, 0, 4),
        (equal, 1, 0, architecture),
        (give, 0, 0, 0x80000000),
        (load, 0, 0, 0),
        (at_least, 0, 1, 0x40000000),
        deny,
        (equal, 0, 1, _CLONE3),
        (give, 0, 0, 0x00050000 | _ENOSYS),
        *(rule for call in refused for rule in ((equal, 0, 1, call), deny)),
        *(rule for name, tests in arguments.items() for rule in ((equal, 0, len(tests), calls[name]), *tests)),
        allow,
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *rule) for rule in rules))
    program = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", len(rules), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.c_void_p(ctypes.addressof(program)), 0, 0
    ):
        raise OSError(ctypes.get_errno(), "seccomp")


def limit(seconds: int) -> None:
    """Bound what this process and its child may use."""
    for kind, bound in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_FSIZE, _FILE),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_NPROC, 64),
        (resource.RLIMIT_CPU, seconds),
    ):
        resource.setrlimit(kind, (bound, bound))


def hide() -> None:
    """Let nobody trace this process."""
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of processes whose own parent ended, so as to know when they have."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
