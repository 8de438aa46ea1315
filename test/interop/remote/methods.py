"""What the peer's service can do."""

import asyncio
from collections.abc import Callable
from typing import Any

from .endpoint import Method
from .errors import RemoteCallError
from .values import VALUES, same


class Methods:
    """The methods of a service. Plain ones run in a thread, as in the original."""

    def __init__(self, noted: Callable[[list[Any]], None]) -> None:
        self.recorded: list[list[Any]] = []
        self._noted = noted

    def table(self) -> dict[str, Method]:
        """All methods by the name that callers use."""
        return {
            'echo': self.echo,
            'echo_args': self.echo_args,
            'add': self.add,
            'names': self.names,
            'value': self.value,
            'describe': self.describe,
            'check': self.check,
            'fail': self.fail,
            'fail_remote': self.fail_remote,
            'fail_timeout': self.fail_timeout,
            'sleep': self.sleep,
            'slow': self.sleep,
            'unencodable': self.unencodable,
            'none': self.none,
            'void': self.none,
            'note': self.note,
            'notes': self.notes,
            'non-python-identifier': self.echo_args,
            '{"cmd":"sum"}': self.sum,
        }

    def echo(self, value: Any) -> Any:
        """Return the argument."""
        return value

    def echo_args(self, *args: Any) -> list[Any]:
        """Return all arguments."""
        return list(args)

    def add(self, left: Any, right: Any) -> Any:
        """Return the sum of two arguments."""
        return left + right

    def sum(self, numbers: list[Any]) -> Any:
        """Return the sum of a list."""
        return sum(numbers)

    def names(self) -> list[str]:
        """Return the names of all VALUES."""
        return list(VALUES)

    def value(self, name: str) -> Any:
        """Return one of VALUES."""
        return VALUES[name]

    def describe(self, value: Any) -> dict[str, str]:
        """Say what the argument is to Python."""
        return {'type': type(value).__name__, 'repr': repr(value)}

    def check(self, name: str, value: Any) -> bool:
        """Tell whether the argument is exactly one of VALUES."""
        return same(VALUES[name], value)

    def fail(self, text: str = 'failed on request') -> None:
        """Raise an error."""
        raise RuntimeError(text)

    def fail_remote(self) -> None:
        """Raise a RemoteCallError, which callers see like any other error."""
        raise RemoteCallError('failed on request', context='lost')

    def fail_timeout(self) -> None:
        """Raise a TimeoutError, which callers take for the service's own."""
        raise TimeoutError('failed on request')

    async def sleep(self, seconds: float) -> float:
        """Return the argument after that many seconds."""
        await asyncio.sleep(seconds)
        return seconds

    def unencodable(self) -> object:
        """Return what is no CBOR. No answer leaves, and the worker dies."""
        return object()

    def none(self) -> None:
        """Return nothing."""

    async def note(self, *args: Any) -> None:
        """Record the arguments."""
        self.recorded.append(list(args))
        self._noted(list(args))

    def notes(self) -> list[list[Any]]:
        """Return the arguments of every note so far."""
        return self.recorded
