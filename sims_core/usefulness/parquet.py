"""The Parquet form: a row per picture, with the features of Hugging Face `datasets` in the schema's metadata.

`datasets` reads the key "huggingface" of the metadata: {"info": {"features": ...}}. So pictures decode to pictures, and
categories have their names, without a loading script.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from sims_core.formats.tables import IMAGE, TableFormat
from sims_core.scenes.classes import ClassTable

# Column -> what it is. Pictures first: a viewer shows columns in this order.
PICTURES = ("image", "labels", "instances", "origins", "implied", "provenance")
_CREDIT = pa.struct([("photo", pa.string()), ("licence", pa.string()), ("share_of_pixels", pa.float64())])
# A field that may not be null is not what `datasets` derives from a feature, so that it would pass over the feature.
_FIELDS = [
    pa.field("picture", pa.string()),
    *(pa.field(name, IMAGE) for name in PICTURES),
    pa.field("layout", pa.string()),
    pa.field("variant", pa.int32()),
    pa.field("categories", pa.list_(pa.int64())),
    pa.field("sources", pa.list_(pa.string())),
    pa.field("credits", pa.list_(_CREDIT)),
    pa.field("share_invented", pa.float64()),
    pa.field("share_disagreeing", pa.float64()),
]


def table_format(classes: ClassTable) -> TableFormat:
    """Return the format of the table for a class table, whose names are in the metadata."""
    metadata = {"huggingface": json.dumps({"info": {"features": _features(classes)}})}
    return TableFormat("labelled_pictures", 1, "sims dataset make", pa.schema(_FIELDS, metadata=metadata))


def _features(classes: ClassTable) -> dict[str, Any]:
    return {field.name: _feature(field, classes) for field in _FIELDS}


def _feature(field: pa.Field, classes: ClassTable) -> Any:
    """Return the feature of a column in the form in which `datasets` keeps it."""
    if field.name == "categories":
        return {"feature": {"names": list(classes.names), "_type": "ClassLabel"}, "_type": "Sequence"}
    if field.type == IMAGE:
        return {"_type": "Image"}
    if field.name == "credits":
        return [{part.name: _value(part.type) for part in _CREDIT}]
    if pa.types.is_list(field.type):
        return {"feature": _value(field.type.value_type), "_type": "Sequence"}
    return _value(field.type)


def _value(kind: pa.DataType) -> dict[str, str]:
    return {"dtype": {"double": "float64"}.get(str(kind), str(kind)), "_type": "Value"}


def table_row(name: str, files: Mapping[str, bytes], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of a picture.

    Args:
        name: Of the picture.
        files: PNG bytes by the names of `PICTURES`.
        facts: The other columns.
    """
    cells = {column: {"bytes": files[column], "path": f"{name}.png"} for column in PICTURES}
    return {"picture": name, **cells, **facts}
