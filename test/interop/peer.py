#!/usr/bin/python3
"""A Python peer that is driven line by line, so that tests can talk to a real one.

Every mode prints `{"ready": true, "endpoint": …}` once its sockets are bound or connected, reads
one JSON command a line from stdin, and ends with status 0 when stdin does. A command names its
`op`; its `id`, if it has one, is echoed in the reply. A reply is `{"ok": true, …}` or
`{"ok": false, "type": …, "message": …, "context": …}`. Lines without `ok` are events that nobody
asked for. Remote values travel as the hex of their CBOR, so that JSON cannot harm them.

    service (--bind | --connect) ADDRESS [--identity NAME] [--concurrency N] [--timeout SECONDS]
        notes                                 → {"result"}
        event                                 {"event": "note", "args"}
    client (--bind | --connect) ADDRESS [--identity NAME]
        call {method, args?, address?, timeout?, request_id?}
                                              → {"result", "type", "repr"}
        call_value {method, name, address?, timeout?, request_id?}
                                              → the same and {"equal", "sent_type", "sent_repr"}
        notify {method, args?, address?}
    pub (--bind | --connect) ADDRESS
        notify {method, args?, address?}
    sub (--bind | --connect) ADDRESS [--topic TOPIC …]
        subscribe {topic}, unsubscribe {topic}
        event                                 {"event", "args", "topic"}
    router --frontend ADDRESS --backend ADDRESS
        ready                                 also has "frontend" and "backend"
        event                                 {"event": "greeting", "side", "identity"}
    raw-dealer, raw-router, raw-sub, raw-xpub (--bind | --connect) ADDRESS [--identity NAME]
            [--curve-secret=Z85 --curve-public=Z85 [--curve-server=Z85]]
        send {frames}
        event                                 {"frames"}
    all
        values                                → {"values": {name: {"type", "repr", "cbor"}}}
        close                                 ends the peer as the end of stdin does

Services and clients take `udp://host:port` too, where calls have no `address`. As in the original,
a service or client is on a DEALER; a bound one deals its answers round robin, so it is meant for a
single peer.
"""

import sys

sys.dont_write_bytecode = True

import argparse
import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import cbor2
import zmq
import zmq.asyncio

from remote.endpoint import Client, Router, Service, Subscriber
from remote.errors import RemoteCallError
from remote.link import CurveKeys, DatagramLink, Link, SocketLink
from remote.methods import Methods
from remote.values import VALUES, same

Fields = dict[str, Any]
Command = Callable[[Fields], Awaitable[Fields]]

NOTHING = '80'
"""The hex of no arguments."""

RAW = {
    'raw-dealer': zmq.DEALER,
    'raw-router': zmq.ROUTER,
    'raw-sub': zmq.SUB,
    'raw-xpub': zmq.XPUB,
}


@dataclass
class Running:
    """A mode at work: where it is reached, and its commands."""

    endpoints: dict[str, str]
    commands: dict[str, Command]


Mode = Callable[[argparse.Namespace], AbstractAsyncContextManager[Running]]


@asynccontextmanager
async def service(options: argparse.Namespace) -> AsyncIterator[Running]:
    """Answer calls."""

    async def notes(_: Fields) -> Fields:
        return {'result': encoded(methods.recorded)}

    methods = Methods(lambda args: emit({'event': 'note', 'args': encoded(args)}))
    link = await open_link(options)
    endpoint = Service(
        link, methods.table(), concurrency=options.concurrency, timeout=options.timeout
    )
    try:
        yield Running({'endpoint': link.endpoint}, {'notes': notes})
    finally:
        await endpoint.close()


@asynccontextmanager
async def client(options: argparse.Namespace) -> AsyncIterator[Running]:
    """Issue calls and notifications, or only the latter on a PUB socket."""

    async def issue(command: Fields, args: list[Any]) -> Any:
        how = {key: command[key] for key in ('address', 'timeout', 'request_id') if key in command}
        return await endpoint.call(command['method'], args, **how)

    async def call(command: Fields) -> Fields:
        result = await issue(command, decoded(command.get('args', NOTHING)))
        return {'result': encoded(result), **described(result)}

    async def call_value(command: Fields) -> Fields:
        sent = VALUES[command['name']]
        result = await issue(command, [sent])
        return {
            'result': encoded(result),
            'equal': same(sent, result),
            **described(result),
            **{f'sent_{key}': text for key, text in described(sent).items()},
        }

    async def notify(command: Fields) -> Fields:
        args = decoded(command.get('args', NOTHING))
        await endpoint.notify(command['method'], args, address=command.get('address'))
        return {}

    link = await open_link(options)
    endpoint = Client(link)
    commands: dict[str, Command] = {'notify': notify}
    if options.mode == 'client':
        commands |= {'call': call, 'call_value': call_value}
    try:
        yield Running({'endpoint': link.endpoint}, commands)
    finally:
        await endpoint.close()


@asynccontextmanager
async def sub(options: argparse.Namespace) -> AsyncIterator[Running]:
    """Report what is published."""

    async def subscribe(command: Fields) -> Fields:
        link.socket.subscribe(command['topic'])
        return {}

    async def unsubscribe(command: Fields) -> Fields:
        link.socket.unsubscribe(command['topic'])
        return {}

    def report(method: str, args: list[Any], topic: bytes) -> None:
        emit({'event': method, 'args': encoded(args), 'topic': topic.hex()})

    link = SocketLink(zmq.SUB, bind=options.bind, connect=options.connect, topics=options.topic)
    endpoint = Subscriber(link, report)
    commands: dict[str, Command] = {'subscribe': subscribe, 'unsubscribe': unsubscribe}
    try:
        yield Running({'endpoint': link.endpoint}, commands)
    finally:
        await endpoint.close()


@asynccontextmanager
async def router(options: argparse.Namespace) -> AsyncIterator[Running]:
    """Forward between clients and services."""

    def greeted(side: str, identity: bytes) -> None:
        emit({'event': 'greeting', 'side': side, 'identity': identity.hex()})

    frontend = SocketLink(zmq.ROUTER, bind=options.frontend, identity='router-frontend')
    backend = SocketLink(zmq.ROUTER, bind=options.backend, identity='router-backend')
    forwarder = Router(frontend, backend, greeted)
    endpoints = {
        'endpoint': frontend.endpoint,
        'frontend': frontend.endpoint,
        'backend': backend.endpoint,
    }
    try:
        yield Running(endpoints, {})
    finally:
        await forwarder.close()


@asynccontextmanager
async def raw(options: argparse.Namespace) -> AsyncIterator[Running]:
    """Send and report bare frames."""

    async def send(command: Fields) -> Fields:
        await link.socket.send_multipart([bytes.fromhex(frame) for frame in command['frames']])
        return {}

    async def report() -> None:
        while True:
            frames = await link.socket.recv_multipart()
            emit({'frames': [frame.hex() for frame in frames]})

    link = SocketLink(
        RAW[options.mode],
        bind=options.bind,
        connect=options.connect,
        identity=options.identity,
        curve=options.curve_secret
        and CurveKeys(options.curve_secret, options.curve_public, options.curve_server),
    )
    reporter = asyncio.create_task(report())
    try:
        yield Running({'endpoint': link.endpoint}, {'send': send})
    finally:
        reporter.cancel()
        link.close()


async def open_link(options: argparse.Namespace) -> Link:
    """Open the link of a service, a client or a publisher."""
    where = {'bind': options.bind, 'connect': options.connect}
    if options.mode == 'pub':
        return SocketLink(zmq.PUB, **where)
    if (options.bind or options.connect).startswith('udp:'):
        return await DatagramLink.open(**where)
    return SocketLink(zmq.DEALER, identity=options.identity, **where)


def emit(line: Fields) -> None:
    """Print a line, at once."""
    print(json.dumps(line), flush=True)


def decoded(text: str) -> Any:
    """The value whose CBOR this is the hex of."""
    return cbor2.loads(bytes.fromhex(text))


def encoded(value: Any) -> str | None:
    """The hex of a value's CBOR; nothing where it has none, as some that arrive have."""
    try:
        return bytes(cbor2.dumps(value)).hex()
    except cbor2.CBOREncodeError:
        return None


def described(value: Any) -> dict[str, str]:
    """What a value is to Python."""
    return {'type': type(value).__name__, 'repr': repr(value)}


async def values(_: Fields) -> Fields:
    """List all VALUES."""
    table = {name: {**described(value), 'cbor': encoded(value)} for name, value in VALUES.items()}
    return {'values': table}


async def reply(commands: dict[str, Command], fields: Fields) -> None:
    """Do what a command says, and report how that went."""
    echoed = {'id': fields['id']} if 'id' in fields else {}
    try:
        emit({**echoed, 'ok': True, **await commands[fields['op']](fields)})
    except Exception as error:
        context = error.context if isinstance(error, RemoteCallError) else {}
        failure = {'type': type(error).__name__, 'message': str(error), 'context': encoded(context)}
        emit({**echoed, 'ok': False, **failure})


async def run(mode: Mode, options: argparse.Namespace) -> None:
    """Run a mode until stdin ends. Commands may overlap; they start in order."""
    tasks: set[asyncio.Task[None]] = set()
    async with mode(options) as running:
        emit({'ready': True, **running.endpoints})
        commands = {**running.commands, 'values': values}
        while line := await asyncio.to_thread(sys.stdin.readline):
            fields = json.loads(line)
            if fields.get('op') == 'close':
                await reply({'close': done}, fields)
                break
            task = asyncio.create_task(reply(commands, fields))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
    zmq.asyncio.Context.instance().term()


async def done(_: Fields) -> Fields:
    """Agree to end."""
    return {}


def parse() -> tuple[Mode, argparse.Namespace]:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    modes = parser.add_subparsers(dest='mode', required=True)

    def add(name: str, mode: Mode) -> argparse.ArgumentParser:
        added = modes.add_parser(name)
        added.set_defaults(run=mode, identity=None)
        return added

    def add_with_address(name: str, mode: Mode) -> argparse.ArgumentParser:
        added = add(name, mode)
        address = added.add_mutually_exclusive_group(required=True)
        address.add_argument('--bind', metavar='ADDRESS')
        address.add_argument('--connect', metavar='ADDRESS')
        return added

    serving = add_with_address('service', service)
    serving.add_argument('--identity')
    serving.add_argument('--concurrency', type=int, default=1)
    serving.add_argument('--timeout', type=float, default=30)
    add_with_address('client', client).add_argument('--identity')
    add_with_address('pub', client)
    add_with_address('sub', sub).add_argument('--topic', action='append', default=[])
    routing = add('router', router)
    routing.add_argument('--frontend', required=True)
    routing.add_argument('--backend', required=True)
    for name in RAW:
        bare = add_with_address(name, raw)
        bare.add_argument('--identity')
        for key in ('secret', 'public', 'server'):
            bare.add_argument(f'--curve-{key}')

    options = parser.parse_args()
    return options.run, options


def main() -> None:
    """Run the mode that the command line names."""
    logging.basicConfig(stream=sys.stderr, format='%(levelname)s %(message)s')
    mode, options = parse()
    asyncio.run(run(mode, options))


if __name__ == '__main__':
    main()
