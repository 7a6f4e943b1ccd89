"""Reads event files with TensorBoard's own reader.

    read_events.py LOGDIR    prints JSON: for each run and tag the pairs of step and value, and the reader's version
"""

import json
import os
import sys

import tensorboard
from tensorboard.backend.event_processing import event_multiplexer, tag_types

# 0: all of the values, instead of a sample of them.
multiplexer = event_multiplexer.EventMultiplexer(size_guidance={tag_types.SCALARS: 0})
multiplexer.AddRunsFromDirectory(sys.argv[1])
multiplexer.Reload()
scalars = {}
for run, tags in multiplexer.Runs().items():
    accumulator = multiplexer.GetAccumulator(run)
    scalars[run.replace(os.sep, "/")] = {
        tag: [[event.step, event.value] for event in accumulator.Scalars(tag)] for tag in tags[tag_types.SCALARS]
    }
print(json.dumps({"tensorboard": tensorboard.__version__, "scalars": scalars}))
