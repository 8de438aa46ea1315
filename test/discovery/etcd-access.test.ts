import { inspect } from 'node:util';
import {
  type EtcdOptions,
  RemoteCallError,
  RemoteClient,
  RemoteServer,
  curveKeyPair,
  curveServer,
  etcd,
} from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { readEndpoints, readEtcdSource } from '../../lib/discovery/etcd/etcd-access.js';

describe('an address of etcd', () => {
  it.each([
    ['etcd://host/services/math', ['http://host:2379']],
    ['etcd://host:1234/services/math/', ['http://host:1234']],
    ['etcd://a:1,b,[::1]:3/services/math', ['http://a:1', 'http://b:2379', 'http://[::1]:3']],
    ['etcds://a,b/services/math', ['https://a:2379', 'https://b:2379']],
  ])('names endpoints and keys: %s', (text, endpoints) => {
    const { access, prefix } = readEtcdSource(text, 'connect');
    expect(access).toMatchObject({ endpoints, user: undefined });
    expect(prefix).toBe('/services/math/');
  });

  it('names a user and a password, which no inspection shows', () => {
    const { access } = readEtcdSource('etcd://bob:hu%40sh%3A@host/math', 'connect');
    expect(access.user).toBe('bob');
    expect(access.password()).toBe('hu@sh:');
    expect(inspect(access, { depth: 5 })).not.toContain('hu@sh');
  });

  it.each([
    'etcd://host',
    'etcd://host/',
    'etcd:///math',
    'etcd://host:99999/math',
    'etcd://host:port/math',
    'etcd://a,,b/math',
    'etcd://bob@host/math',
    'etcd://bob:hush@/math',
    'etcd://bob:hush@host',
    'etcd://bob:hu@sh@host/math',
    'etcd://bob:hu/sh@host/math',
  ])('is refused without its password: %s', (text) => {
    expect(() => readEtcdSource(text, 'connect')).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/^option connect: (?!.*hu.?sh|.*bob:hu).*give 'etcd:/u),
      }),
    );
  });
});

describe('the password of an address of etcd', () => {
  const connect = 'etcd://bob:hush@host/math';
  const security = curveServer({ secretKey: curveKeyPair().secretKey, allow: () => true });

  it.each<[string, () => unknown]>([
    ['a combination that cannot be', () => new RemoteServer({ bind: 'tcp://*:1', connect })],
    ['security that does not fit', () => new RemoteClient({ connect, security })],
    ['an option of another name', () => new RemoteClient({ url: connect } as never)],
    ['a list with something else', () => new RemoteClient({ connect: [connect, 1 as never] })],
  ])('is in no error of %s', (_case, create) => {
    const error = ((): unknown => {
      try {
        return create();
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(RemoteCallError);
    expect(inspect(error, { depth: 5 })).not.toMatch(/hush/u);
  });
});

describe('endpoints of etcd', () => {
  it('are written as for its own tools', () => {
    expect(readEndpoints(['a:1', 'http://b', 'https://c:3/'], 'endpoints')).toEqual([
      'http://a:1',
      'http://b:2379',
      'https://c:3',
    ]);
  });

  it('have to be given', () => {
    const options = { name: 'math' } as EtcdOptions;
    expect(() => etcd(options)).toThrow(
      'option register.endpoints: undefined cannot be used; give the address of etcd',
    );
  });

  it.each(['ftp://host', 'http://bob:hush@host:1', 'http://host:1/path', ''])(
    'are refused without a password: %s',
    (text) => {
      expect(() => readEndpoints([text], 'register.endpoints')).toThrow(
        expect.objectContaining({
          code: 'INVALID_ARGUMENT',
          message: expect.stringMatching(/^option register.endpoints: (?!.*hush)/u),
        }),
      );
    },
  );
});
