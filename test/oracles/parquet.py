"""Writes the files of test/fuzz/corpus/parquet that pyarrow writes: each codec, both kinds of pages, each way to write values.

    pip install pyarrow
    python3 test/oracles/parquet.py test/fuzz/corpus/parquet
"""

import datetime
import decimal
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet

folder = Path(sys.argv[1])
rows = range(40)
flat = pa.table(
    {
        "i": pa.array([None if k % 7 == 3 else k * k - 50 for k in rows], pa.int32()),
        "l": pa.array([k * 10**10 for k in rows], pa.int64()),
        "f": pa.array([k / 3 for k in rows], pa.float32()),
        "d": pa.array([None if k % 5 == 0 else k / 7 for k in rows], pa.float64()),
        "t": pa.array([f"text {k // 3} {'x' * (k % 4)}" for k in rows]),
        "b": pa.array([None if k % 9 == 0 else k % 3 == 0 for k in rows]),
    }
)
start = datetime.datetime(2026, 1, 1)
nested = pa.table(
    {
        "m": pa.array([decimal.Decimal(k) / 4 for k in rows], pa.decimal128(12, 2)),
        "s": pa.array([start + datetime.timedelta(seconds=k) for k in rows], pa.timestamp("us")),
        "a": pa.array([None if k % 6 == 1 else list(range(k % 4)) for k in rows], pa.list_(pa.int32())),
        "o": pa.array([{"x": k, "y": f"y{k % 3}"} for k in rows]),
        "k": pa.array([[("a", k)] if k % 2 else [] for k in rows], pa.map_(pa.string(), pa.int32())),
        "h": pa.array([bytes([k] * 5) for k in rows], pa.binary(5)),
    }
)
deltas = {
    "i": "DELTA_BINARY_PACKED",
    "l": "DELTA_BINARY_PACKED",
    "f": "BYTE_STREAM_SPLIT",
    "d": "BYTE_STREAM_SPLIT",
    "t": "DELTA_BYTE_ARRAY",
    "b": "RLE",
}
lengths = {**dict.fromkeys("ildb", "PLAIN"), "f": "BYTE_STREAM_SPLIT", "t": "DELTA_LENGTH_BYTE_ARRAY"}


def write(table, name, version, compression, **options):
    path = folder / f"{name}.parquet"
    options.update(store_schema=False, data_page_version=version, compression=compression)
    parquet.write_table(table, path, **options)


write(flat, "arrow-deltas", "1.0", "none", use_dictionary=False, column_encoding=deltas)
write(flat, "arrow-deltas-2", "2.0", "zstd", use_dictionary=False, column_encoding=deltas)
small = {"data_page_size": 100, "write_batch_size": 16}
write(flat, "arrow-lengths", "2.0", "lz4", use_dictionary=False, column_encoding=lengths, **small)
write(flat, "arrow-dictionary", "1.0", "snappy")
write(flat, "arrow-dictionary-2", "2.0", "gzip", row_group_size=25)
write(nested, "arrow-nested", "1.0", "brotli")
write(nested, "arrow-nested-2", "2.0", "none", use_dictionary=False)
