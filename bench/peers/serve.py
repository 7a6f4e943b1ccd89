"""A contender written in Python: serve.mjs documents its requests and answers."""

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


def blas_in_use():
    """The OpenBLAS that this process has loaded, e.g. 'libopenblasp-r0.3.21.so'."""
    try:
        with open("/proc/self/maps") as maps:
            names = {os.path.basename(line.split()[-1]) for line in maps}
    except OSError:
        return ""
    return ", ".join(sorted(name for name in names if "openblas" in name))


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
