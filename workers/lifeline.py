"""Ties a child process to its parent: when the parent is killed, the child goes with it."""

import ctypes
import os
import signal
import sys

from datanets.children import PARENT

PR_SET_PDEATHSIG = 1


def tie() -> None:
    """Die with the parent that named itself in the environment; without one, nothing happens.

    The kernel sends the signal when the parent ends. A parent that ended before we asked is noticed by
    comparing ids, since an orphan is given another parent.
    """
    named = os.environ.get(PARENT)
    if named is None or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(named):
        os.kill(os.getpid(), signal.SIGKILL)
