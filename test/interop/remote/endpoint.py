"""Endpoints: who calls, who answers, who listens, and who forwards.

They keep the weaknesses of the original as well. What raises ValueError, CBORDecodeError or
RemoteCallError is logged, and its worker rests for COOLDOWN; anything else (a null for the
arguments, a bare number for a payload, a result that is no CBOR) ends the worker for good.
"""

import asyncio
import enum
import inspect
import logging
import random
from collections.abc import Callable, Mapping
from typing import Any

import cbor2
import zmq

from .errors import RemoteCallError
from .link import Link, SocketLink

COOLDOWN = 0.01
"""Seconds that a worker rests after a message it could not process."""

ID_ATTEMPTS = 10
"""How often a request id is drawn before the call is given up."""

Method = Callable[..., Any]

log = logging.getLogger('peer')


class MessageType(enum.IntEnum):
    """The first item of every envelope."""

    REQUEST = 0
    RESPONSE = 1
    NOTIFICATION = 2


class Endpoint:
    """Takes messages off a link, with as many workers as it may process messages at once."""

    def __init__(self, link: Link, *, concurrency: int = 1) -> None:
        self.link = link
        self._workers = [asyncio.create_task(self._work()) for _ in range(concurrency)]
        for worker in self._workers:
            worker.add_done_callback(_report_death)

    async def handle(self, address: Any, kind: MessageType, parts: list[Any]) -> None:
        """Process a message that came from an address, to which an answer goes."""
        raise NotImplementedError

    async def close(self) -> None:
        """End the workers, then close the link."""
        await _end(self._workers)
        self.link.close()

    async def _work(self) -> None:
        while True:
            try:
                address, frames = await self.link.receive()
                payload, *_ = frames
                kind, *parts = cbor2.loads(payload)
                await self.handle(address, MessageType(kind), parts)
            except (ValueError, cbor2.CBORDecodeError, RemoteCallError) as error:
                log.error('could not process a message: %r', error)
                await asyncio.sleep(COOLDOWN)


class Client(Endpoint):
    """Issues calls. A response belongs to the call that has its id, whoever sent it."""

    def __init__(self, link: Link) -> None:
        self._calls: dict[Any, asyncio.Future[Any]] = {}
        self._publishes = isinstance(link, SocketLink) and link.kind == zmq.PUB
        super().__init__(link, concurrency=0 if self._publishes else 1)

    async def call(
        self,
        method: str,
        args: list[Any],
        *,
        address: str | None = None,
        timeout: float = 5,
        request_id: int | None = None,
    ) -> Any:
        """Request a result, and wait for it.

        Raises RemoteCallError for what the service reports, TimeoutError where it does not
        answer, CBOREncodeError where the arguments are no CBOR, and ValueError where no id
        is free.
        """
        if request_id is None:
            request_id = self._draw_id()
        elif request_id in self._calls:
            raise ValueError('request ID already exists')
        response = self._calls[request_id] = asyncio.get_running_loop().create_future()
        try:
            request = cbor2.dumps([MessageType.REQUEST.value, request_id, method, args])
            await self.link.send(_encoded(address), request)
            return await asyncio.wait_for(response, timeout)
        finally:
            del self._calls[request_id]

    async def notify(self, method: str, args: list[Any], *, address: str | None = None) -> None:
        """Send a notification. A publisher's topic is the method unless there is an address."""
        if self._publishes:
            address = address or method
        notification = cbor2.dumps([MessageType.NOTIFICATION.value, method, args])
        await self.link.send(_encoded(address), notification)

    async def handle(self, address: Any, kind: MessageType, parts: list[Any]) -> None:
        if kind is not MessageType.RESPONSE:
            raise RemoteCallError('client only receives RESPONSE messages', message_type=kind)
        request_id, error, result = parts
        failure: RemoteCallError | None = None
        if isinstance(error, list):
            message, context = error
            failure = RemoteCallError(message, **context)
        response = self._calls.get(request_id)
        if response is None:
            raise RemoteCallError('client received unexpected response', message_id=request_id)
        if failure:
            response.set_exception(failure)
        else:
            response.set_result(result)

    def _draw_id(self) -> int:
        for _ in range(ID_ATTEMPTS):
            request_id = random.randrange(1 << 32)
            if request_id not in self._calls:
                return request_id
        raise ValueError('unable to generate a request ID')


class Service(Endpoint):
    """Answers requests and takes notifications with the methods of a table."""

    def __init__(
        self,
        link: Link,
        methods: Mapping[str, Method],
        *,
        concurrency: int = 1,
        timeout: float = 30,
    ) -> None:
        self._methods = methods
        self._timeout = timeout
        super().__init__(link, concurrency=concurrency)

    async def handle(self, address: Any, kind: MessageType, parts: list[Any]) -> None:
        if kind is MessageType.REQUEST:
            request_id, method, args = parts
        elif kind is MessageType.NOTIFICATION:
            method, args = parts
        else:
            log.warning('a service does not support a %s', kind.name)
            return
        error: list[Any] | None = None
        result: Any = None
        try:
            result = await self._run(method, *args)
        except RemoteCallError as failure:
            log.error('could not execute %r: %r', method, failure)
            error = [str(failure), failure.context]
        if kind is MessageType.REQUEST:
            response = [MessageType.RESPONSE.value, request_id, error, result]
            await self.link.send(address, cbor2.dumps(response))

    async def _run(self, name: Any, *args: Any) -> Any:
        method = self._methods.get(name)
        if not method:
            raise RemoteCallError('no such method exists', method=name)
        try:
            if inspect.iscoroutinefunction(method):
                running = method(*args)
            else:
                running = asyncio.to_thread(method, *args)
            return await asyncio.wait_for(running, self._timeout)
        except asyncio.TimeoutError as error:
            raise RemoteCallError('method timed out', timeout=self._timeout) from error
        except Exception as error:
            log.exception('%r raised', name)
            raise RemoteCallError('method produced an error') from error


class Subscriber(Endpoint):
    """Hands every notification to a listener, with the topic that it was published under."""

    def __init__(self, link: SocketLink, listener: Callable[[str, list[Any], bytes], None]) -> None:
        self._listener = listener
        super().__init__(link)

    async def handle(self, address: Any, kind: MessageType, parts: list[Any]) -> None:
        if kind is not MessageType.NOTIFICATION:
            log.warning('a subscriber does not support a %s', kind.name)
            return
        method, args = parts
        self._listener(method, args, address)


class Router:
    """Forwards `[recipient, payload]` between two ROUTER sockets, as `[sender, payload]`."""

    def __init__(
        self,
        frontend: SocketLink,
        backend: SocketLink,
        greeted: Callable[[str, bytes], None],
    ) -> None:
        self._links = (frontend, backend)
        self._greeted = greeted
        self._tasks = [
            asyncio.create_task(self._forward('frontend', frontend, backend)),
            asyncio.create_task(self._forward('backend', backend, frontend)),
        ]
        for task in self._tasks:
            task.add_done_callback(_report_death)

    async def close(self) -> None:
        """Stop forwarding, then close both sockets."""
        await _end(self._tasks)
        for link in self._links:
            link.close()

    async def _forward(self, side: str, source: SocketLink, target: SocketLink) -> None:
        while True:
            try:
                sender, frames = await source.receive()
                if frames == [b'']:
                    self._greeted(side, sender)
                    continue
                recipient, payload = frames
                if sender == recipient:
                    log.warning('loopback not allowed: %r', sender)
                    continue
                await target.send(recipient, sender, payload)
            except (ValueError, RemoteCallError) as error:
                log.error('could not route a message: %r', error)


def _encoded(address: str | None) -> bytes | None:
    return address.encode() if address else None


async def _end(tasks: list['asyncio.Task[None]']) -> None:
    """Cancel tasks until they have ended: `wait_for` can swallow a cancellation."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=0.1)


def _report_death(task: 'asyncio.Task[None]') -> None:
    if not task.cancelled() and task.exception():
        log.critical('a worker died: %r', task.exception())
