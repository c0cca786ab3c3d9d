"""Settings of the whole suite, made before NumPy and torch are imported."""

import os

for _library in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_library, "1")                  # the workers share the cores; BLAS threads would only fight for them
