"""Exceptions of the package."""


class QuietudeError(ValueError):
    """A value, a document or an argument was rejected.

    The text has the place, the value, and what is allowed.

    Attributes:
        kind: ``"syntax"``, ``"out_of_range"``, ``"invalid"``, ``"duplicate"``, ``"not_found"``,
            ``"cycle"``, ``"limit"`` or ``"unsupported"``.
        path: The path of the field, relative to the window or the document, or the name of the
            argument; empty if the error is about the value itself.
        message: The text without window and path.
        window: The id of the window, if the error is about a window.
        line: The line in the JSON text, from 1, if the value was read from a text.
        column: The column in that line, in characters from 1. Of a ``ColumnError``, the name
            of the column of the query.
    """

    kind: str
    path: str
    message: str
    window: str | None
    line: int | None
    column: int | str | None

    def __init__(
        self,
        text: str,
        kind: str = "invalid",
        path: str = "",
        message: str | None = None,
        window: str | None = None,
        line: int | None = None,
        column: int | str | None = None,
    ) -> None:
        super().__init__(text)
        self.kind = kind
        self.path = path
        self.message = text if message is None else message
        self.window = window
        self.line = line
        self.column = column


class ColumnError(QuietudeError):
    """A column of a query was rejected: its type, its length, or a value.

    Attributes:
        column: The name of the column: ``"entity"``, ``"at"``, ``"alert_type"``, ``"labels"`` or
            ``"labels.NAME"``; ``"answers"`` for the result.
        row: The number of the row, from 0; ``None`` if the error is about the whole column.
    """

    column: str
    row: int | None

    def __init__(
        self, column: str, row: int | None = None, kind: str = "invalid", message: str = ""
    ) -> None:
        place = column if row is None else f"{column}[{row}]"
        super().__init__(f"{place}: {message}", kind, place, message, column=column)
        self.row = row

    def __reduce__(self) -> tuple[type, tuple[str, int | None, str, str]]:
        return type(self), (self.column, self.row, self.kind, self.message)


class InternalError(RuntimeError):
    """A defect of the package: its compiled part panicked. Please report it.

    The objects of the package are unchanged and remain usable.
    """
