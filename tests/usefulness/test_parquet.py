"""The table's features are where Hugging Face `datasets` looks for them, and are those of the columns."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sims_core.base.pictures import decode_png, encode_png
from sims_core.formats.tables import write_shard
from sims_core.usefulness.parquet import PICTURES, table_format, table_row
from tests.support.small_scenes import CLASSES

# Arrow's type of a value by the name that `datasets` has for it.
_TYPES = {"string": pa.string(), "int32": pa.int32(), "int64": pa.int64(), "float64": pa.float64()}


def arrow_type(feature):
    """What `datasets` derives of a feature (Features.arrow_schema); a column of another type loses its feature."""
    if isinstance(feature, list):
        return pa.list_(pa.struct([(name, arrow_type(part)) for name, part in feature[0].items()]))
    if feature["_type"] == "Sequence":
        return pa.list_(arrow_type(feature["feature"]))
    if feature["_type"] == "Image":
        return pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    return pa.int64() if feature["_type"] == "ClassLabel" else _TYPES[feature["dtype"]]


def test_a_written_table_carries_its_features(tmp_path):
    rng = np.random.default_rng(0)
    pictures = {name: encode_png(rng.integers(0, 255, (4, 6), dtype=np.uint8)) for name in PICTURES}
    facts = {
        "layout": "a", "variant": 1, "categories": [0, 3], "sources": ["", "t:0001"], "share_invented": 0.25,
        "credits": [{"photo": "t", "licence": "CC0", "share_of_pixels": 0.75}], "share_disagreeing": 0.0,
    }  # fmt: skip
    write_shard(tmp_path / "train-00000.parquet", table_format(CLASSES), [table_row("a_v1", pictures, facts)])
    schema = pq.read_schema(tmp_path / "train-00000.parquet")
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert list(features) == schema.names
    for field in schema:
        assert field.nullable, "`datasets` passes over the feature of a field that may not be null"
        assert field.type == arrow_type(features[field.name]), field.name
    assert features["categories"]["feature"]["names"] == list(CLASSES.names)
    (row,) = pq.read_table(tmp_path / "train-00000.parquet").to_pylist()
    assert {key: row[key] for key in facts} == facts
    assert row["picture"] == "a_v1"
    for name in PICTURES:
        assert np.array_equal(decode_png(row[name]["bytes"]), decode_png(pictures[name]))
        assert row[name]["path"] == "a_v1.png"
