"""What all tests share: threads that wait for work do so asleep, so that tests stay quick on a busy machine."""

import os

# Read by the OpenMP library when torch loads it, which no test module has done yet.
os.environ.setdefault("GOMP_SPINCOUNT", "20000")
