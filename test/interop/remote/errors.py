"""The one error of remote calls."""

from typing import Any


class RemoteCallError(Exception):
    """A call that failed: a text, and a context of named values."""

    def __init__(self, message: str, /, **context: Any) -> None:
        super().__init__(message)
        self.context = context

    def __repr__(self) -> str:
        context = ''.join(f', {name}={value!r}' for name, value in self.context.items())
        return f'RemoteCallError({str(self)!r}{context})'
