import { RemoteClient, RemoteServer } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';

const SOURCES = "or a source of servers, 'etcd://host:2379/name' or 'dns+srv://name'";

describe.each([
  ['a client', (connect: string) => new RemoteClient({ connect })],
  ['a server', (connect: string) => new RemoteServer({ connect, identity: 'math' })],
])('connect of %s', (_, create) => {
  it.each([
    'http://127.0.0.1:2379/math',
    'srv://_remote._tcp.math.test',
    'etc://etcd/math',
    'math',
  ])('names the sources beside the addresses for %s', (text) => {
    expect(() => create(text)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/^connect ".+" is not an address: write .+/) as string,
        context: { option: 'connect', value: text },
      }),
    );
    expect(() => create(text)).toThrow(SOURCES);
  });

  it.each([
    'etc://user:secret@etcd/math',
    'etcd:/user:secret@etcd/math',
    'tcp://user:secret@a:1/x',
  ])('shows no password of %s', (text) => {
    expect(() => create(text)).toThrow(/is not an address/);
    expect(() => create(text)).not.toThrow(/secret/);
  });

  it('names the address alone that is meant by a host and a port', () => {
    expect(() => create('math:5555')).toThrow(
      /is not an address: write 'tcp:\/\/math:5555' or 'udp:\/\/math:5555'$/,
    );
  });

  it.each(['tcp://math', 'tcp:/math:5555', 'ipc://'])(
    'names the addresses alone for %s',
    (text) => {
      expect(() => create(text)).toThrow(/is not an address: write .+'memory:\/\/name'$/);
    },
  );
});

it.each(['etcd://127.0.0.1:2379/math', 'tcp://127.0.0.1', '127.0.0.1:5555'])(
  'bind of a server is named where it is no address: %s',
  (bind) => {
    expect(() => new RemoteServer({ bind })).toThrow(
      `bind "${bind}" is not an address: write 'tcp:`,
    );
  },
);
