import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { KnownServers } from '../../lib/discovery/etcd/known-servers.js';
import type { ServerRecord } from '../../lib/discovery/server-record.js';

const TTL = 5000;

function entry(key: string, address: string, more: object = {}) {
  return { key, value: JSON.stringify({ address, ttl: TTL, ...more }) };
}

/** Known servers, and the addresses that they were told to be last. */
function site() {
  const told: (readonly ServerRecord[])[] = [];
  const errors: Error[] = [];
  const known = new KnownServers(
    (servers) => told.push(servers),
    (error) => errors.push(error),
  );
  onTestFinished(() => known.close());
  return { known, told, errors, latest: () => told.at(-1)?.map(({ address }) => address) };
}

describe('the servers that are known from etcd', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
  });

  it('are told when they have changed, and only then', () => {
    const { known, told } = site();
    known.replace([entry('/a/1', 'tcp://a:1', { zone: 'x' })]);
    known.replace([entry('/a/1', 'tcp://a:1', { zone: 'x' })]);
    known.apply([{ type: 'put', ...entry('/a/1', 'tcp://a:1', { zone: 'x' }) }]);
    expect(told).toEqual([[{ address: 'tcp://a:1', zone: 'x' }]]);
  });

  it('stay for their ttl when their key is gone', () => {
    const { known, latest } = site();
    known.replace([entry('/a/1', 'tcp://a:1'), entry('/a/2', 'tcp://b:1')]);
    known.apply([{ type: 'delete', key: '/a/1' }]);
    vi.advanceTimersByTime(TTL - 1);
    expect(latest()).toEqual(['tcp://a:1', 'tcp://b:1']);
    vi.advanceTimersByTime(1);
    expect(latest()).toEqual(['tcp://b:1']);
  });

  it('stay beyond their ttl where most keys are gone, as long as there is a connection to them', () => {
    const { known, latest } = site();
    const addresses = ['tcp://a:1', 'tcp://b:1', 'tcp://c:1'];
    known.replace(addresses.map((address) => entry(`/a/${address}`, address)));
    known.reached('tcp://a:1');
    known.reached('tcp://b:1');
    known.replace([]);
    vi.advanceTimersByTime(10 * TTL);
    expect(latest()).toEqual(['tcp://a:1', 'tcp://b:1']);
    known.unreachable('tcp://a:1');
    expect(latest()).toEqual(['tcp://b:1']);
    known.replace([entry('/a/4', 'tcp://d:1')]);
    known.apply([{ type: 'put', ...entry('/a/tcp://b:1', 'tcp://b:1', { leaving: true }) }]);
    expect(latest()).toEqual(['tcp://d:1']);
  });

  it('go after their ttl, connected or not, where few keys are gone', () => {
    const { known, latest } = site();
    known.replace([entry('/a/1', 'tcp://a:1'), entry('/a/2', 'tcp://b:1')]);
    known.reached('tcp://a:1');
    known.apply([{ type: 'delete', key: '/a/1' }]);
    vi.advanceTimersByTime(TTL);
    expect(latest()).toEqual(['tcp://b:1']);
  });

  it('stay where their ttl is longer than any timer', () => {
    const { known, latest } = site();
    known.replace([entry('/a/1', 'tcp://a:1', { ttl: 1e12 })]);
    known.replace([]);
    vi.advanceTimersByTime(TTL);
    expect(latest()).toEqual(['tcp://a:1']);
  });

  it('report a record again that has been away, whether that was seen or not', () => {
    const { known, errors } = site();
    const wrong = { key: '/a/1', value: 'no record' };
    known.replace([wrong]);
    known.replace([wrong]);
    known.replace([]);
    known.replace([wrong]);
    expect(errors).toHaveLength(2);
  });

  it('stay when their key is back within their ttl', () => {
    const { known, latest } = site();
    known.replace([entry('/a/1', 'tcp://a:1')]);
    known.replace([]);
    vi.advanceTimersByTime(TTL - 1);
    known.apply([{ type: 'put', ...entry('/a/1', 'tcp://a:1') }]);
    vi.advanceTimersByTime(2 * TTL);
    expect(latest()).toEqual(['tcp://a:1']);
  });

  it('stay while etcd is down, and have their whole ttl afterwards', () => {
    const { known, latest } = site();
    known.replace([entry('/a/1', 'tcp://a:1')]);
    known.replace([]);
    known.keepAll();
    vi.advanceTimersByTime(100 * TTL);
    known.replace([]);
    vi.advanceTimersByTime(TTL - 1);
    expect(latest()).toEqual(['tcp://a:1']);
    vi.advanceTimersByTime(1);
    expect(latest()).toEqual([]);
  });

  it('have no longer time for being read again', () => {
    const { known, latest } = site();
    known.replace([entry('/a/1', 'tcp://a:1')]);
    known.replace([]);
    vi.advanceTimersByTime(TTL - 1);
    known.replace([]);
    vi.advanceTimersByTime(1);
    expect(latest()).toEqual([]);
  });

  it('are forgotten at once when they say that they leave', () => {
    const { known, latest } = site();
    known.replace([entry('/a/1', 'tcp://a:1')]);
    known.apply([{ type: 'put', ...entry('/a/1', 'tcp://a:1', { leaving: true }) }]);
    expect(latest()).toEqual([]);
  });

  it.each([
    ['before', ['unreachable', 'gone']],
    ['after', ['gone', 'unreachable']],
  ])('are forgotten at once when they became unreachable %s their key was gone', (_when, order) => {
    const { known, latest } = site();
    known.replace([entry('/a/1', 'tcp://a:1')]);
    for (const step of order) {
      if (step === 'gone') {
        known.apply([{ type: 'delete', key: '/a/1' }]);
      } else {
        known.unreachable('tcp://a:1');
      }
    }
    expect(latest()).toEqual([]);
  });

  it('stay when they were unreachable once, and are reached again', () => {
    const { known, latest } = site();
    known.replace([entry('/a/1', 'tcp://a:1')]);
    known.unreachable('tcp://a:1');
    known.reached('tcp://a:1');
    known.replace([]);
    expect(latest()).toEqual(['tcp://a:1']);
  });

  it('stay unreachable while etcd has their key', () => {
    const { known, latest } = site();
    known.replace([entry('/a/1', 'tcp://a:1')]);
    known.unreachable('tcp://a:1');
    expect(latest()).toEqual(['tcp://a:1']);
  });

  it('are one at an address, the latest', () => {
    const { known, told } = site();
    known.replace([entry('/a/2', 'tcp://a:1', { instance: 'old' })]);
    known.apply([{ type: 'put', ...entry('/a/1', 'tcp://a:1', { instance: 'new' }) }]);
    expect(told.at(-1)).toEqual([{ address: 'tcp://a:1', instance: 'new' }]);
    known.apply([{ type: 'delete', key: '/a/2' }]);
    vi.advanceTimersByTime(TTL);
    expect(told.at(-1)).toEqual([{ address: 'tcp://a:1', instance: 'new' }]);
  });

  it.each([
    '',
    'nonsense',
    '1',
    'null',
    '{}',
    '{"address":"tcp://*:1"}',
    '{"address":"udp://a:1"}',
  ])('do not have one whose record is %j, which is reported once', (value) => {
    const { known, told, errors } = site();
    known.replace([{ key: '/a/1', value }]);
    known.replace([{ key: '/a/1', value }]);
    expect(told).toEqual([]);
    expect(errors).toMatchObject([{ code: 'DATA_LOSS', context: { key: '/a/1' } }]);
  });
});
