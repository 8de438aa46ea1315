import { describe, expect, it } from 'vitest';
import { resolveClientOptions } from '../../lib/client/client-options.js';
import { resolveServerOptions } from '../../lib/server/server-options.js';
import { expectRefused } from './wrong-option.js';

const address = 'tcp://127.0.0.1:5555';
const client = (options: object) => (): unknown => resolveClientOptions(options);
const server = (options: object) => (): unknown => resolveServerOptions(options);

describe('defaults', () => {
  it('of a client are those of the docs', () => {
    expect(resolveClientOptions({ connect: address })).toMatchObject({
      socket: 'dealer',
      connect: [address],
      timeout: 5000,
      heartbeat: 5000,
      extension: true,
    });
  });

  it('of a server are those of the docs', () => {
    expect(resolveServerOptions({ bind: address })).toMatchObject({
      socket: 'router',
      bind: [address],
      heartbeat: 5000,
      shutdownTimeout: 5000,
      concurrency: 0,
      queue: { maxCalls: 65_536, maxBytes: 64 * 1024 * 1024 },
      limits: {
        maxCalls: 131_072,
        maxCallBytes: 1024 ** 3,
        maxPeers: 65_536,
        maxBytes: 64 * 1024 ** 2,
        maxHeldBytes: 256 * 1024 ** 2,
      },
      maxLoopDelay: 500,
      reportInterval: 10_000,
      extension: true,
    });
    expect(resolveServerOptions({ bind: address }).timeout).toBeUndefined();
  });

  it('make a server that only connects a DEALER', () => {
    expect(resolveServerOptions({ connect: address, identity: 'svc' }).socket).toBe('dealer');
  });
});

describe('a wrong option of a client', () => {
  it.each([
    ['timeout', '5', /milliseconds/],
    ['heartbeat', -1, /milliseconds/],
    ['address', '', /1 to 255 bytes/],
    ['identity', '\0', /1 to 255 bytes/],
    ['extension', 1, /true or false/],
    ['idempotent', 'sum', /true, a list of methods, or a function/],
    ['idempotent', [{ cmd: 'sum' }], /true, a list of methods, or a function/],
    ['interceptors', {}, /give functions, such as/],
    ['interceptors', [() => undefined, 'log'], /give functions, such as/],
    ['engine', 'tcp', /'zeromq', 'net'/],
    ['socketOptions', [], /an object/],
    ['socket', 'req', /'dealer', 'pub'/],
    ['codec', 7, /object of limits/],
    ['timeoutt', 5, /there is no such option; there are connect/],
    ['serializer', {}, /see the option codec/],
    ['deserializer', {}, /see the option codec/],
    ['host', 'localhost', /connect: 'tcp:\/\/host:port'/],
    ['transport', 0, /leave it out; write connect: 'tcp:\/\/host:port'/],
    ['options', { port: 3000 }, /leave it out; write connect: 'tcp:\/\/host:port'/],
    ['socketClass', Map, /see the option codec/],
    ['maxBufferSize', 1000, /codec\.maxPayload/],
    ['maxSendBufferSize', 1000, /limits of its own/],
    ['incompleteMessageTimeout', 1000, /leave it out/],
  ])('%s: names itself, its value and a remedy', (option, value, remedy) => {
    expectRefused(client({ connect: address, [option]: value }), option, remedy);
  });

  it('is to have no address', () => expectRefused(client({}), 'connect', /server's address/));

  it('is an identity of a PUB', () => {
    expectRefused(client({ connect: address, socket: 'pub', identity: 'a' }), 'identity', /leave/);
  });
});

describe('a wrong option of a server', () => {
  it.each([
    ['timeout', -1, /milliseconds/],
    ['shutdownTimeout', null, /milliseconds/],
    ['concurrency', 1.5, /whole number/],
    ['queue', 100, /object of limits/],
    ['maxLoopDelay', -1, /milliseconds/],
    ['transportId', 'x', /a symbol/],
    ['topics', ['x'], /socket: 'sub'/],
    ['identity', 'svc', /leave it out/],
    ['extension', 1, /true or false/],
    ['socket', 'rep', /'router', 'dealer', 'sub'/],
    ['serializer', {}, /see the option codec/],
    ['deserializer', {}, /see the option codec/],
    ['port', 5555, /bind: 'tcp:\/\/host:port'/],
    ['transport', 0, /leave it out; write bind: 'tcp:\/\/host:port'/],
    ['options', { port: 3000 }, /leave it out; write bind: 'tcp:\/\/host:port'/],
    ['retryAttempts', 5, /listens until it is closed/],
    ['retryDelay', 5, /listens until it is closed/],
  ])('%s: names itself, its value and a remedy', (option, value, remedy) => {
    expectRefused(server({ bind: address, [option]: value }), option, remedy);
  });

  it('is to have no address', () => {
    expectRefused(server({ socket: 'router' }), 'bind', /address to listen on/);
  });

  it('is a DEALER without identity', () => {
    const remedy = /give bind to listen; .+ also give identity, the name under which routers know/;
    expectRefused(server({ connect: address }), 'identity', remedy);
  });
});

describe('a socket type that makes no sense is not allowed:', () => {
  it.each([
    ['a client that is SUB', client({ connect: address, socket: 'sub' })],
    ['a client that is ROUTER', client({ connect: address, socket: 'router' })],
    ['a client that is a bound DEALER', client({ bind: address })],
    ['a server that is PUB', server({ bind: address, socket: 'pub' })],
    ['a server that is a bound DEALER', server({ bind: address, socket: 'dealer', identity: 'a' })],
    ['a server that is a ROUTER and connects', server({ connect: address, socket: 'router' })],
    ['a server that binds and connects', server({ bind: address, connect: address })],
  ])('%s', (_, resolve) => {
    expect(resolve).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/^socket type not allowed: .+/),
      }),
    );
  });
});
