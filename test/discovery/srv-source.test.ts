import { describe, expect, it } from 'vitest';
import { readSrvSource } from '../../lib/discovery/srv/srv-source.js';

const LONG = 'a'.repeat(64);

describe('a source of SRV records', () => {
  it.each([
    ['dns+srv://_remote._tcp.math.default.svc.cluster.local', undefined],
    ['dns+srv://_remote._tcp.math.default.svc.cluster.local.', undefined],
    ['dns+srv://10.0.0.2/_remote._tcp.math.default.svc.cluster.local', ['10.0.0.2', 53]],
    ['dns+srv://10.0.0.2:8600/_remote._tcp.math.default.svc.cluster.local', ['10.0.0.2', 8600]],
    ['dns+srv://[::1]:8600/_remote._tcp.math.default.svc.cluster.local', ['::1', 8600]],
    ['dns+srv://consul:8600/_remote._tcp.math.default.svc.cluster.local', ['consul', 8600]],
  ])('%s is read', (text, authority) => {
    const [host, port] = authority ?? [];
    expect(readSrvSource(text, 'connect')).toEqual({
      name: '_remote._tcp.math.default.svc.cluster.local',
      authority: authority && { host, port },
    });
  });

  it.each([
    'dns+srv://',
    'dns+srv://.',
    'dns+srv://a..b',
    'dns+srv://math.test:5555',
    'dns+srv://math test',
    `dns+srv://${LONG}.test`,
    `dns+srv://${'abc.'.repeat(64)}test`,
    'dns+srv:///math.test',
    'dns+srv://10.0.0.2:0/math.test',
    'dns+srv://10.0.0.2:65536/math.test',
    'dns+srv://10.0.0.2:x/math.test',
    'dns+srv://10.0.0.2/',
    'dns+srv://10.0.0.2/math.test/more',
  ])('%s is refused, and the error shows how to write it', (text) => {
    expect(() => readSrvSource(text, 'connect')).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(
          /option connect: "dns\+srv:.*'dns\+srv:\/\/host:port\/_remote/,
        ),
      }),
    );
  });
});
