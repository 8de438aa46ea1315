import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { SocketType } from '../../lib/nodes/socket-type.js';
import { SocketNode, type SocketNodeOptions } from '../../lib/nodes/zeromq/socket-node.js';
import { ZmtpNode } from '../../lib/nodes/zmtp/zmtp-node.js';
import { record } from './node-recorder.js';

const opened: SocketNode[] = [];

afterEach(() => opened.splice(0).forEach((node) => node.close()));

function dealer(socketOptions: NonNullable<SocketNodeOptions['socketOptions']> = {}): SocketNode {
  const node = new SocketNode({ type: 'dealer', connect: ['tcp://127.0.0.1:9'], socketOptions });
  opened.push(node);
  return node;
}

const wrong: readonly (readonly [string, unknown, string])[] = [
  ['sendHighWatermark', 5, 'zeromq.js has no such option for a DEALER socket'],
  ['mandatory', false, 'leave it out: it is always on for a ROUTER'],
  ['routingId', 'me', 'use the option identity'],
  ['immediate', true, 'leave it out: it is always on for a DEALER'],
  ['context', {}, 'leave it out: all nodes share one'],
  ['sendHighWaterMark', -5, '-5 cannot be used; libzmq: '],
  ['curveServerKey', 'short', '"short" cannot be used; libzmq: '],
  ['linger', 5n, '5 cannot be used; libzmq: '],
  ['sendTimeout', 'soon', 'give milliseconds'],
  ['sendTimeout', -2, 'give milliseconds'],
  ['sendTimeout', Number.NaN, 'give milliseconds'],
];

describe.each(wrong)('the socket option %s = %s', (name, value, reason) => {
  const refused = expect.objectContaining({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining(reason),
    context: { option: `socketOptions.${name}`, value },
  });

  it('is refused at construction', () => {
    expect(() => dealer({ [name]: value })).toThrow(refused);
  });

  it('is refused while the node is closed', () => {
    expect(() => dealer().setOption(name, value)).toThrow(refused);
  });

  it('is refused while the node is open', async () => {
    const node = dealer();
    await record(node);
    expect(() => node.setOption(name, value)).toThrow(refused);
  });
});

describe.each<SocketType>(['dealer', 'router', 'pub', 'sub'])('a %s socket', (type) => {
  async function open(socketOptions: NonNullable<SocketNodeOptions['socketOptions']>) {
    const node = new SocketNode({ type, bind: ['tcp://127.0.0.1:*'], socketOptions });
    opened.push(node);
    await record(node);
    return node.sockets[0];
  }

  it('has the keep-alive of TCP, and no heartbeats of libzmq', async () => {
    expect(await open({})).toMatchObject({
      heartbeatInterval: 0,
      tcpKeepalive: 1,
      tcpKeepaliveIdle: 15,
      tcpKeepaliveInterval: 5,
      tcpKeepaliveCount: 3,
    });
  });

  it('has the heartbeats that it was given', async () => {
    const given = { heartbeatInterval: 1000, heartbeatTimeout: 3000, tcpKeepalive: 0 };
    expect(await open(given)).toMatchObject(given);
  });
});

describe('an option', () => {
  it('is set on the open socket and kept for the next opening', async () => {
    const node = dealer();
    await record(node);
    node.setOption('sendHighWaterMark', 7);
    expect(node.sockets).toMatchObject([{ sendHighWaterMark: 7 }]);
    node.close();
    await record(node);
    expect(node.sockets).toMatchObject([{ sendHighWaterMark: 7 }]);
  });

  it('is given at construction by its name in zeromq.js', async () => {
    const node = dealer({ receiveHighWaterMark: 3, linger: 0 });
    await record(node);
    expect(node.sockets).toMatchObject([{ receiveHighWaterMark: 3, linger: 0 }]);
  });

  it('that is refused does not bring the process down when it exits', () => {
    const script = fileURLToPath(new URL('../fixtures/refused-socket-option.mjs', import.meta.url));
    const { status, signal, stdout } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    expect({ status, signal, stdout }).toEqual({
      status: 0,
      signal: null,
      stdout: 'INVALID_ARGUMENT\n',
    });
  });
});

it.each([
  ['SocketNode', SocketNode],
  ['ZmtpNode', ZmtpNode],
])('a %s that is no SUB has no use for topics, and opens', async (_, EngineNode) => {
  const node = new EngineNode({ type: 'pub', bind: ['tcp://127.0.0.1:*'], topics: ['news'] });
  onTestFinished(() => node.close());
  await record(node);
  expect(node.closed).toBe(false);
});

it('uses IPv4 alone where no address needs IPv6', async () => {
  const node = dealer();
  await record(node);
  expect(node.sockets).toMatchObject([{ ipv6: false }]);
});
