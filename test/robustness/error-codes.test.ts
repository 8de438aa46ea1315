import { RemoteCallError, RemoteClient, RemoteServer, REMOTE_ERROR_CODES } from 'nestjs-remote';
import { RpcException } from '@nestjs/microservices';
import { describe, expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { echo, hang, listen, start } from './plain-service.js';
import { vacantAddress } from './processes.js';

/** What a user did, the documented code that it ends with, and who says so. */
const ENDINGS: [string, string, 'local' | 'remote', () => unknown][] = [
  ['a client without an address', 'INVALID_ARGUMENT', 'local', () => new RemoteClient({})],
  [
    'a client option that does not exist',
    'INVALID_ARGUMENT',
    'local',
    () => new RemoteClient({ connect: 'tcp://a:1', timeOut: 1 } as { connect: string }),
  ],
  [
    'a server that is told to be PUB',
    'INVALID_ARGUMENT',
    'local',
    () => new RemoteServer({ bind: 'tcp://a:1', socket: 'pub' as 'sub' }),
  ],
  [
    'an argument that cannot be encoded',
    'INVALID_ARGUMENT',
    'local',
    () => createClient('tcp://127.0.0.1:1').call.echo(2n ** 9000n),
  ],
  [
    'a timeout that is no number',
    'INVALID_ARGUMENT',
    'local',
    () => createClient('tcp://127.0.0.1:1').issueCall('echo', [], { timeout: NaN }),
  ],
  [
    'a call on PUB',
    'UNIMPLEMENTED',
    'local',
    () => createClient({ socket: 'pub', bind: 'tcp://127.0.0.1:*' }).call.echo(1),
  ],
  ['a method that does not exist', 'UNIMPLEMENTED', 'remote', () => callService('missing')],
  [
    'connecting where nobody listens',
    'UNAVAILABLE',
    'local',
    async () => createClient({ connect: await vacantAddress(), timeout: 20 }).connect(),
  ],
  [
    'a call that was never sent',
    'UNAVAILABLE',
    'local',
    async () => createClient({ connect: await vacantAddress(), timeout: 20 }).call.echo(1),
  ],
  [
    'an event that was never sent',
    'UNAVAILABLE',
    'local',
    async () => createClient({ connect: await vacantAddress(), timeout: 20 }).notify.moved(1),
  ],
  [
    'listening where somebody listens',
    'UNAVAILABLE',
    'local',
    async () => start(new RemoteServer({ bind: (await listen({})).address })),
  ],
  ['no answer in time', 'DEADLINE_EXCEEDED', 'local', () => callService('hang', { timeout: 200 })],
  [
    'a handler that took too long',
    'DEADLINE_EXCEEDED',
    'remote',
    async () => {
      const { address } = await listen(
        { requests: { hang } },
        { bind: 'tcp://127.0.0.1:*', timeout: 20 },
      );
      return createClient({ connect: address, timeout: 0 }).call.hang();
    },
  ],
  [
    'a call that was aborted',
    'CANCELLED',
    'local',
    () => callService('hang', { signal: AbortSignal.timeout(20) }),
  ],
  [
    'a call whose client was closed',
    'CANCELLED',
    'local',
    async () => {
      const { address } = await listen({ requests: { hang } });
      const client = createClient(address);
      const call: unknown = client.call.hang();
      await client.close();
      return call;
    },
  ],
  [
    'a call whose server was closed',
    'CANCELLED',
    'remote',
    async () => {
      const { server, address } = await listen({ requests: { hang, echo } });
      const client = createClient({ connect: address, timeout: 0 });
      const call: unknown = client.call.hang();
      await client.call.echo(1);
      await Promise.all([server.close(), Promise.resolve(call).catch(() => undefined)]);
      return call;
    },
  ],
  ['a handler that threw an Error', 'UNKNOWN', 'remote', () => callService('crash')],
  ['a handler that threw an RpcException', 'UNKNOWN', 'remote', () => callService('refuse')],
  ['a result that cannot be encoded', 'INTERNAL', 'remote', () => callService('unencodable')],
];

async function callService(method: string, options = {}): Promise<unknown> {
  const { address } = await listen({
    requests: {
      echo,
      hang,
      crash: () => Promise.reject(new Error('private')),
      refuse: () => Promise.reject(new RpcException('no')),
      unencodable: () => Promise.resolve([2n ** 9000n]),
    },
  });
  const client = createClient({ connect: address, timeout: 0 });
  await client.connect();
  return client.issueCall(method, [], options);
}

describe('every error that a user can meet has a documented code', () => {
  it.each(ENDINGS)('%s: %s', async (_what, code, origin, act) => {
    const error: unknown = await (async () => act())().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RemoteCallError);
    expect(error).toMatchObject({ code, origin });
    expect(REMOTE_ERROR_CODES).toContain(code);
  });
});
