import { RemoteClient, RemoteServer, Router, curveClient, curveServer } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { resolveClientOptions } from '../../lib/client/client-options.js';
import { resolveRouterOptions } from '../../lib/router/router-options.js';
import { resolveServerOptions } from '../../lib/server/server-options.js';
import { ADA, SERVER } from './site.js';

const server = curveServer({ secretKey: SERVER.secretKey, allow: [] });
const client = curveClient({ serverKey: SERVER.publicKey, ...ADA });
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
      'beside UDP',
      () => new RemoteServer({ bind: [TCP, 'udp://127.0.0.1:9'], security: server }),
      'udp://127.0.0.1:9 would stay open',
    ],
    [
      'beside inproc',
      () => new RemoteClient({ connect: 'inproc://math', security: client }),
      'inproc://math would stay open',
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

  it('makes net the engine, unless another is given', () => {
    expect(resolveServerOptions({ bind: TCP, security: server }).engine).toBe('net');
    expect(resolveClientOptions({ connect: TCP, security: client }).engine).toBe('net');
    const sides = { frontend: TCP, backend: TCP, security: server };
    expect(resolveRouterOptions(sides).engine).toBe('net');
    expect(resolveRouterOptions({ ...sides, engine: 'zeromq' }).engine).toBe('zeromq');
  });
});
