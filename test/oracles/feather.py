"""Writes the files of test/fixtures/feather, as pandas and pyarrow write them.

    pip install pyarrow pandas
    python3 test/oracles/feather.py test/fixtures/feather
"""

import random
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
rows = 700
table = pd.DataFrame(
    {
        "price": [None if i % 50 == 7 else (i * 37 % 1000) / 8 for i in range(rows)],
        "count": [i % 9 for i in range(rows)],
        "city": pd.Categorical(["Köln", "Bonn", "Ulm"][i % 3] for i in range(rows)),
        "note": [None if i % 4 == 0 else f"note {i % 20}" for i in range(rows)],
        "at": [pd.Timestamp("2026-01-01") + pd.Timedelta(hours=7 * i) for i in range(rows)],
        "open": [i % 5 == 0 for i in range(rows)],
    }
)
# What people get who say nothing about compression.
table.to_feather(folder / "pandas.feather")
feather.write_feather(table, folder / "zstd.feather", compression="zstd", chunksize=250)
arrow = pa.Table.from_pandas(table)
options = pa.ipc.IpcWriteOptions(compression="lz4")
with pa.ipc.new_stream(folder / "lz4-stream.arrows", arrow.schema, options=options) as writer:
    writer.write_table(arrow, max_chunksize=300)
# A million rows in a few bytes.
zeros = pa.table({"zero": pa.array([0] * 1_000_000, pa.int8())})
options = pa.ipc.IpcWriteOptions(compression="zstd")
with pa.ipc.new_file(folder / "zeros.arrow", zeros.schema, options=options) as writer:
    writer.write_table(zeros)
# The same for people.
table.to_csv(folder / "rows.csv", index=False)

# Frames whose blocks repeat each other, and whose bytes cannot be packed.
frames = {"repeats": b"abcabcabc" * 30000, "noise": random.Random(1).randbytes(1500)}
for name, content in frames.items():
    (folder / f"{name}.lz4").write_bytes(pa.Codec("lz4").compress(content, asbytes=True))
