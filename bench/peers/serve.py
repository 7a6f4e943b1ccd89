"""A contender written in Python: serve.mjs documents its requests and answers."""

import ctypes
import json
import os
import resource
import sys
import time

import numpy as np


def read_data(job):
    """Inputs (rows, inputs), targets (rows), and (weight (out, in), bias) of each layer."""
    sizes = job["sizes"]
    read = lambda name, dtype: np.fromfile(os.path.join(job["folder"], name), dtype=dtype)
    flat = read("parameters", np.float32)
    parameters = []
    for inputs, units in zip(sizes, sizes[1:]):
        weight, bias, flat = np.split(flat, [inputs * units, inputs * units + units])
        parameters.append((weight.reshape(units, inputs), bias))
    return read("inputs", np.float32).reshape(-1, sizes[0]), read("targets", np.int32), parameters


def dtype_of(job):
    """Of the numbers; their products may be less precise."""
    return "float64" if job["precision"] == "float64" else "float32"


def blas_in_use():
    """The OpenBLAS that this process has loaded and its kernels, e.g. 'libopenblasp-r0.3.21.so Haswell'."""
    try:
        with open("/proc/self/maps") as maps:
            files = {line.split()[-1] for line in maps}
    except OSError:
        return ""
    found = sorted(file for file in files if "openblas" in os.path.basename(file))
    return ", ".join(f"{os.path.basename(file)} {kernel_family(file)}".strip() for file in found)


def kernel_family(file):
    """What OpenBLAS takes the CPU for: it takes some for much older ones, and is several times slower then."""
    try:
        corename = ctypes.CDLL(file).openblas_get_corename
    except (OSError, AttributeError):
        return ""
    corename.restype = ctypes.c_char_p
    return corename().decode()


def measure(work):
    cpu = time.process_time()
    start = time.perf_counter()
    work()
    return {
        "seconds": time.perf_counter() - start,
        "cpuSeconds": time.process_time() - cpu,
        "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def serve(create):
    trainer = None
    for line in sys.stdin:
        request = json.loads(line)
        command = request["command"]
        if command == "create":
            trainer = create(request["job"])
            reply = {"version": trainer.version}
        elif command == "losses":
            reply = {"losses": trainer.losses(request["steps"])}
        elif command == "prepare":
            trainer.prepare(request["rows"], request["epochs"])
            reply = {"setting": trainer.setting}
        elif command == "round":
            reply = measure(trainer.round)
        else:
            raise ValueError(f"command is {command}, expected create, losses, prepare or round")
        print(json.dumps(reply), flush=True)
