"""Types of Arrow as those of Spark, for columns that are passed on."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as T

_PLAIN: list[tuple[pa.DataType, T.DataType]] = [
    (pa.bool_(), T.BooleanType()),
    (pa.int8(), T.ByteType()),
    (pa.int16(), T.ShortType()),
    (pa.int32(), T.IntegerType()),
    (pa.int64(), T.LongType()),
    (pa.float32(), T.FloatType()),
    (pa.float64(), T.DoubleType()),
    (pa.string(), T.StringType()),
    (pa.binary(), T.BinaryType()),
    (pa.date32(), T.DateType()),
    (pa.timestamp("us", "UTC"), T.TimestampType()),
    (pa.timestamp("us"), T.TimestampNTZType()),
]


class Passed:
    """A column that is passed on to Spark.

    Attributes:
        field: The field in a schema of Spark.
    """

    def __init__(self, name: str, type_: pa.DataType) -> None:
        """
        Raises:
            ValueError: If the type is none of Spark.
        """
        try:
            of_spark, self._type = _types(type_)
        except KeyError:
            raise ValueError(f"the column {name!r} is {type_}, which is no type of Spark; "
                             "leave it out of columns") from None
        self.field = T.StructField(name, of_spark)

    def convert(self, column: pa.Array) -> pa.Array:
        """The column as Spark takes it; nanoseconds are rounded down to microseconds."""
        if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
            # In UTC, so that no time zone is looked up.
            utc = None if column.type.tz is None else "UTC"
            column = pc.floor_temporal(column.cast(pa.timestamp("ns", utc)), unit="microsecond")
        return column.cast(self._type)


def passed_columns(schema: pa.Schema, names: Iterable[str]) -> list[Passed]:
    """These columns of a schema.

    Raises:
        ValueError: If the type of one of them is none of Spark.
    """
    return [Passed(name, schema.field(name).type) for name in names]


def _types(type_: pa.DataType) -> tuple[T.DataType, pa.DataType]:
    """The type of Spark, and the type of Arrow as which Spark takes it.

    Raises:
        KeyError: If the type is none of Spark.
    """
    if pa.types.is_dictionary(type_):
        return _types(type_.value_type)
    if pa.types.is_timestamp(type_):
        type_ = pa.timestamp("us", None if type_.tz is None else "UTC")
    elif pa.types.is_large_string(type_) or pa.types.is_string_view(type_):
        type_ = pa.string()
    elif pa.types.is_large_binary(type_) or pa.types.is_fixed_size_binary(type_):
        type_ = pa.binary()
    elif pa.types.is_decimal128(type_):
        return T.DecimalType(type_.precision, type_.scale), type_
    elif pa.types.is_list(type_) or pa.types.is_large_list(type_):
        of_spark, of_arrow = _types(type_.value_type)
        return T.ArrayType(of_spark), pa.list_(of_arrow)
    elif pa.types.is_map(type_):
        (key, arrow_key), (value, arrow_value) = _types(type_.key_type), _types(type_.item_type)
        return T.MapType(key, value), pa.map_(arrow_key, arrow_value)
    elif pa.types.is_struct(type_):
        fields = [(field.name, *_types(field.type)) for field in type_]
        return (T.StructType([T.StructField(name, of) for name, of, _ in fields]),
                pa.struct([(name, of) for name, _, of in fields]))
    for of_arrow, of_spark in _PLAIN:
        if of_arrow == type_:
            return of_spark, of_arrow
    raise KeyError(type_)
