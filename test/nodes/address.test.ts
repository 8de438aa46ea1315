import { RemoteClient } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { parseAddress, requireConnectable } from '../../lib/nodes/address.js';

describe('reading an address', () => {
  it.each([
    ['tcp://127.0.0.1:5555', { scheme: 'tcp', host: '127.0.0.1', port: 5555 }],
    ['tcp://*:5555', { scheme: 'tcp', host: '*', port: 5555 }],
    ['tcp://[::1]:5555', { scheme: 'tcp', host: '[::1]', port: 5555 }],
    ['tcp://eth0;example.org:65535', { scheme: 'tcp', host: 'example.org', port: 65_535 }],
    ['tcp://localhost:*', { scheme: 'tcp', host: 'localhost', port: 0 }],
    ['udp://239.0.0.1:4000', { scheme: 'udp', host: '239.0.0.1', port: 4000 }],
    ['ipc:///tmp/a socket', { scheme: 'ipc', host: '/tmp/a socket' }],
    ['ipc://@abstract', { scheme: 'ipc', host: '@abstract' }],
    ['inproc://name', { scheme: 'inproc', host: 'name' }],
  ])('takes %s apart', (text, parts) => {
    expect(parseAddress(text)).toEqual({ ...parts, text });
  });

  it('writes port 0 as libzmq does', () => {
    expect(parseAddress('tcp://[::1]:0')).toMatchObject({ text: 'tcp://[::1]:*', port: 0 });
  });

  it.each([
    '',
    'localhost',
    'user@localhost:5555',
    'http://localhost:5555',
    'tcp://localhost',
    'tcp://:5555',
    'tcp://localhost:65536',
    'tcp://localhost:-1',
    'tcp://::1:5555',
    'tcp://localhost:5555/path',
    'ipc://',
    'inproc:// name',
    7,
    undefined,
    null,
  ])('refuses %j, naming the option and what would be right', (text) => {
    expect(() => parseAddress(text, 'bind')).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        context: { option: 'bind', value: text },
        message: expect.stringMatching(/^bind .*tcp:\/\/host:port.*within one process 'inproc:/),
      }),
    );
  });

  it.each(['localhost:5555', '10.0.0.5:5555', '[::1]:5555'])(
    'writes the address that is meant by %s',
    (text) => {
      expect(() => parseAddress(text, 'bind')).toThrow(
        `bind "${text}" is not an address: write 'tcp://${text}' or 'udp://${text}'`,
      );
    },
  );

  it.each(['tcp://a:5555,tcp://b:5555', 'tcp://a:5555, udp://b:5555', 'tcp://a:5555 tcp://b:5555'])(
    'asks for a list where one text has several: %s',
    (text) => {
      expect(() => parseAddress(text, 'connect')).toThrow(
        /is not an address: give several as a list of texts/,
      );
    },
  );
});

describe('an address to connect to', () => {
  it.each(['tcp://localhost:*', 'tcp://localhost:0'])('needs a port: not %s', (text) => {
    expect(() => requireConnectable(parseAddress(text), 'connect', text)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(`connect "${text}" names no port`),
      }),
    );
  });

  it('is quoted as it was given', () => {
    for (const connect of ['tcp://127.0.0.1:0', 'udp://127.0.0.1:0']) {
      expect(() => new RemoteClient({ connect })).toThrow(`connect "${connect}" names no port`);
    }
  });

  it.each(['zeromq', 'net'] as const)(
    'comes from an address or an interface of this host with the engine %s',
    (engine) => {
      for (const source of ['127.0.0.1:0', '[::1]:0', 'lo:0']) {
        expect(
          () => new RemoteClient({ connect: `tcp://${source};127.0.0.1:1`, engine }),
        ).not.toThrow();
      }
      const connect = 'tcp://nowhere:0;127.0.0.1:1';
      expect(() => new RemoteClient({ connect, engine })).toThrow(
        `connect '${connect}' has no usable source before the semicolon`,
      );
    },
  );

  it.each(['tcp://localhost:1', 'ipc:///tmp/x', 'inproc://x'])('may be %s', (text) => {
    expect(() => requireConnectable(parseAddress(text), 'connect', text)).not.toThrow();
  });
});
