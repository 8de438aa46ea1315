import { randomBytes } from 'node:crypto';
import {
  RemoteClient,
  RemoteServer,
  Router,
  curveClient,
  curveServer,
  udpKey,
} from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { resolveClientOptions } from '../../lib/client/client-options.js';
import { resolveRouterOptions } from '../../lib/router/router-options.js';
import { resolveServerOptions } from '../../lib/server/server-options.js';
import { ADA, SERVER } from './site.js';

const server = curveServer({ secretKey: SERVER.secretKey, allow: [] });
const client = curveClient({ serverKey: SERVER.publicKey, ...ADA });
const keys = udpKey({ id: 'k', key: randomBytes(32) });
const UDP = 'udp://127.0.0.1:9';
const TCP = 'tcp://127.0.0.1:9';

describe('security', () => {
  it.each<[string, () => unknown, string]>([
    [
      'of a client where a server binds',
      () => new RemoteServer({ bind: TCP, security: client }),
      `curveClient is for what connects; to listen on ${TCP} give curveServer`,
    ],
    [
      'of a server where a server connects',
      () => new RemoteServer({ connect: TCP, identity: 'math', security: server }),
      `curveServer is for what listens; to connect to ${TCP} give curveClient`,
    ],
    [
      'of a server where a client connects',
      () => new RemoteClient({ connect: TCP, security: server }),
      'give curveClient',
    ],
    [
      'of a client where a router binds',
      () => new Router({ frontend: TCP, backend: TCP, security: client }),
      'give curveServer',
    ],
    [
      'of a client where one side of a router binds',
      () =>
        new Router({
          frontend: TCP,
          backend: TCP,
          security: { frontend: 'none', backend: client },
        }),
      'give curveServer',
    ],
    [
      'that is none on one side of a router',
      () =>
        new Router({
          frontend: TCP,
          backend: TCP,
          security: { frontend: server, backend: {} as never },
        }),
      'option security.backend: its value cannot be used',
    ],
    [
      'beside UDP',
      () => new RemoteServer({ bind: [TCP, UDP], security: server }),
      `${UDP} would stay open; give it a server or client of its own, with udpKey`,
    ],
    [
      'beside inproc',
      () => new RemoteClient({ connect: 'inproc://math', security: client }),
      'inproc://math would stay open',
    ],
    [
      'beside memory',
      () => new RemoteClient({ connect: 'memory://math', security: client }),
      'memory://math would stay open; give it a server or client of its own, without security',
    ],
    [
      'of UDP beside memory',
      () => new RemoteServer({ bind: [UDP, 'memory://math'], security: keys }),
      'memory://math would stay open; give it a server or client of its own, without security',
    ],
    [
      'of UDP beside TCP',
      () => new RemoteServer({ bind: [UDP, TCP], security: keys }),
      `${TCP} would stay open; give it a server or client of its own, with curveServer or curveClient`,
    ],
    [
      'of UDP on a router',
      () => new Router({ frontend: TCP, backend: TCP, security: keys as never }),
      `udpKey is for udp://, and ${TCP} would stay open`,
    ],
    [
      'of UDP beside keys of zeromq.js',
      () => new RemoteServer({ bind: UDP, security: keys, socketOptions: { curveServer: true } }),
      'option socketOptions.curveServer',
    ],
    [
      'beside keys of zeromq.js',
      () => new RemoteServer({ bind: TCP, security: server, socketOptions: { curveServer: true } }),
      'socketOptions.curveServer is another way to the same',
    ],
  ])('%s is refused', (_, create, message) => {
    expect(create).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(message),
      }),
    );
  });

  it('of CURVE makes net the engine, unless another is given', () => {
    expect(resolveServerOptions({ bind: TCP, security: server }).engine).toBe('net');
    expect(resolveClientOptions({ connect: TCP, security: client }).engine).toBe('net');
    const sides = { frontend: TCP, backend: TCP, security: server };
    expect(resolveRouterOptions(sides).engine).toBe('net');
    expect(resolveRouterOptions({ ...sides, engine: 'zeromq' }).engine).toBe('zeromq');
  });

  it.each([
    [UDP, keys],
    [TCP, 'none'],
  ] as const)('of %s leaves the engine as it is', (bind, security) => {
    expect(resolveServerOptions({ bind, security }).engine).toBe('zeromq');
  });
});
