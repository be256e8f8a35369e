"""Answers for the rows of Spark.

>>> from quietude.spark import with_answers              # doctest: +SKIP
>>> alerts = spark.read.parquet("alerts")                # doctest: +SKIP
>>> answered = with_answers(alerts, document, entity="host", at="fired_at")  # doctest: +SKIP

====================  =============================================  ===============================
function              rows                                           result
====================  =============================================  ===============================
``with_answers``      of a DataFrame                                 the DataFrame with answers
``is_silenced``       of a DataFrame; only its arguments go to       a column, for ``filter``,
                      Python                                         ``groupBy`` and others
``answer_parquet``    of Parquet files, which Python reads           their columns with answers
``count_parquet``     of Parquet files, which Python reads           numbers of rows by answers, window,
                                                                     month and other columns
====================  =============================================  ===============================

The document is broadcast once. Each Python worker process compiles it once, and keeps it for all
tasks of all queries (``spark.python.worker.reuse``, which is on by default). Needs pyspark with its
pyarrow and pandas, and this package on every worker.
"""

from quietude.spark._dataframes import is_silenced, with_answers
from quietude.spark._files import answer_parquet, count_parquet
from quietude.spark._processes import Usage, usage
from quietude.spark._queries import ANSWERS

__all__ = [
    "ANSWERS",
    "Usage",
    "answer_parquet",
    "count_parquet",
    "is_silenced",
    "usage",
    "with_answers",
]
