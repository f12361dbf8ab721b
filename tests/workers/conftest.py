"""Set before a test of this room imports torch: waiting threads sleep, they do not spin on shared cores."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
