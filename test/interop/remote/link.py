"""Links: what moves discrete binary messages, over ZeroMQ or UDP."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import zmq
import zmq.asyncio

from .errors import RemoteCallError

LINGER = 200
"""Milliseconds in which a closed socket may still deliver what it holds."""

DATAGRAMS = 128
"""Datagrams held for a busy endpoint. Any more are dropped."""

Frames = list[bytes]


class Link(Protocol):
    """What an endpoint sends and receives by."""

    endpoint: str

    async def send(self, address: Any, *frames: bytes) -> None:
        """Send a message. Raises RemoteCallError where the address is unusable."""

    async def receive(self) -> tuple[Any, Frames]:
        """Wait for a message: its address, to be answered to, and the frames after it."""

    def close(self) -> None:
        """Close the socket."""


@dataclass(frozen=True)
class CurveKeys:
    """The keys of a side of CURVE, in Z85. A client has that of its server, too."""

    secret: str
    public: str
    server: str | None = None


class SocketLink:
    """A ZeroMQ socket, bound or connected to one address, that speaks `[address, ...frames]`.

    A DEALER greets every ROUTER it connects to; a ROUTER lets a returning identity take over.
    """

    def __init__(
        self,
        kind: int,
        *,
        bind: str | None = None,
        connect: str | None = None,
        identity: str | None = None,
        topics: Iterable[str] = (),
        curve: CurveKeys | None = None,
    ) -> None:
        self.kind = kind
        self.socket: zmq.asyncio.Socket = zmq.asyncio.Context.instance().socket(kind)
        self.socket.linger = LINGER
        if identity:
            self.socket.set(zmq.IDENTITY, identity.encode())
        if curve:
            self.socket.set(zmq.CURVE_SECRETKEY, curve.secret.encode())
            self.socket.set(zmq.CURVE_PUBLICKEY, curve.public.encode())
            if curve.server:
                self.socket.set(zmq.CURVE_SERVERKEY, curve.server.encode())
            else:
                self.socket.set(zmq.CURVE_SERVER, 1)
        if kind == zmq.DEALER:
            self.socket.set(zmq.PROBE_ROUTER, 1)
        if kind == zmq.ROUTER:
            self.socket.set(zmq.ROUTER_HANDOVER, 1)
        if bind:
            self.socket.bind(bind)
        if connect:
            self.socket.connect(connect)
        if kind == zmq.SUB:
            for topic in list(topics) or ['']:
                self.socket.subscribe(topic)
        self.endpoint: str = self.socket.last_endpoint.decode()

    async def send(self, address: bytes | None, *frames: bytes) -> None:
        if not address:
            raise RemoteCallError('must provide an address')
        await self.socket.send_multipart([address, *frames])

    async def receive(self) -> tuple[bytes, Frames]:
        address, *frames = await self.socket.recv_multipart()
        return address, frames

    def close(self) -> None:
        self.socket.close()


class DatagramLink(asyncio.DatagramProtocol):
    """A UDP socket: one datagram is one bare payload, its address a host and a port."""

    def __init__(self) -> None:
        self.endpoint = ''
        self._transport: asyncio.DatagramTransport
        self._received: asyncio.Queue[tuple[Any, Frames]] = asyncio.Queue(DATAGRAMS)

    @classmethod
    async def open(cls, *, bind: str | None = None, connect: str | None = None) -> 'DatagramLink':
        """Open a socket bound or connected to an address of the form `udp://host:port`."""
        url = urlsplit(bind or connect or '')
        if url.scheme != 'udp' or not url.hostname or url.port is None:
            raise ValueError('must provide a UDP address')
        where = 'local_addr' if bind else 'remote_addr'
        address: dict[str, Any] = {where: (url.hostname, url.port)}
        loop = asyncio.get_running_loop()
        _, link = await loop.create_datagram_endpoint(cls, **address)
        name = 'sockname' if bind else 'peername'
        host, port = link._transport.get_extra_info(name)
        link.endpoint = f'udp://{host}:{port}'
        return link

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if not self._received.full():
            self._received.put_nowait((addr, [data]))

    async def send(self, address: Any, *frames: bytes) -> None:
        for frame in frames:
            self._transport.sendto(frame, address)

    async def receive(self) -> tuple[Any, Frames]:
        return await self._received.get()

    def close(self) -> None:
        self._transport.close()
