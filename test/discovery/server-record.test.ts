import { describe, expect, it } from 'vitest';
import { readServerRecord } from '../../lib/discovery/server-record.js';

describe('readServerRecord', () => {
  it.each([
    ['tcp://a.test:1', { address: 'tcp://a.test:1' }],
    [{ address: 'ipc:///tmp/a' }, { address: 'ipc:///tmp/a' }],
    [
      {
        address: 'tcp://[::1]:1',
        priority: 0,
        weight: 0.5,
        zone: 'z',
        instance: 'i',
        version: 'v',
      },
      {
        address: 'tcp://[::1]:1',
        priority: 0,
        weight: 0.5,
        zone: 'z',
        instance: 'i',
        version: 'v',
      },
    ],
    [{ address: 'tcp://a.test:1', comment: 'x', zone: undefined }, { address: 'tcp://a.test:1' }],
  ])('reads %j', (value, record) => {
    expect(readServerRecord(value, 'server')).toStrictEqual(record);
  });

  it.each([
    [7, 'server: 7 cannot be used; give an address'],
    [null, 'server: null cannot be used; give an address'],
    [{}, 'server.address undefined is not an address'],
    ['nonsense', 'server "nonsense" is not an address'],
    ['tcp://*:1', 'server "tcp://*:1" names no host'],
    [{ address: 'tcp://a.test:0' }, 'names no port'],
    ['udp://a.test:1', "give a 'tcp://' or 'ipc://' address"],
    [
      { address: 'tcp://a.test:1', weight: 0 },
      'server.weight: 0 cannot be used; give a number above 0',
    ],
    [{ address: 'tcp://a.test:1', weight: '2' }, 'give a number above 0'],
    [
      { address: 'tcp://a.test:1', priority: 1.5 },
      'server.priority: 1.5 cannot be used; give a whole number',
    ],
    [{ address: 'tcp://a.test:1', zone: 3 }, 'server.zone: 3 cannot be used; give a text'],
  ])('refuses %j: %s', (value, message) => {
    expect(() => readServerRecord(value, 'server')).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(message) as string,
      }),
    );
  });
});
