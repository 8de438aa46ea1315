import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LookupLanes } from '../../lib/nodes/names/lookup-lanes.js';

describe('lookups', () => {
  let asked: string[];
  let answers: Map<string, (ips: readonly string[]) => void>;
  let lanes: LookupLanes;

  /** Starts lookups, and returns the names that are asked for so far. */
  const start = async (...names: string[]): Promise<readonly string[]> => {
    names.forEach((name) => void lanes.lookup(name));
    await turn();
    return asked;
  };
  const answer = async (name: string): Promise<void> => {
    answers.get(name)?.(['::1']);
    await turn();
  };
  /** Lets more time pass than a quick lookup takes. */
  const growSlow = async (): Promise<void> => {
    vi.advanceTimersByTime(1001);
    await turn();
  };
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    asked = [];
    answers = new Map();
    const ask = (name: string): Promise<readonly string[]> => {
      asked.push(name);
      return new Promise((resolve) => answers.set(name, resolve));
    };
    lanes = new LookupLanes(ask);
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('run two at a time, in order', async () => {
    expect(await start('a', 'b', 'c', 'd')).toEqual(['a', 'b']);
    await answer('b');
    expect(asked).toEqual(['a', 'b', 'c']);
    await answer('a');
    expect(asked).toEqual(['a', 'b', 'c', 'd']);
  });

  it('of one name share their work', async () => {
    const both = Promise.all([lanes.lookup('a'), lanes.lookup('a')]);
    await answer('a');
    expect(await both).toEqual([['::1'], ['::1']]);
    expect(asked).toEqual(['a']);
  });

  it('of names that were slow do not hold up the others', async () => {
    await start('slow', 'slower');
    await growSlow();
    await answer('slow');
    await answer('slower');
    expect(await start('slow', 'slower', 'a', 'b')).toEqual(['slow', 'slower', 'slow', 'a', 'b']);
  });

  it('of a name that is quick again run with the others', async () => {
    await start('slow');
    await growSlow();
    await answer('slow');
    await start('slow');
    await answer('slow');
    expect(await start('slow', 'a', 'b')).toEqual(['slow', 'slow', 'slow', 'a']);
  });

  it('that grow slow leave their places to others at once, as far as there are three', async () => {
    await start('silent', 'mute');
    await growSlow();
    expect(await start('a', 'b')).toEqual(['silent', 'mute', 'a']);
    await answer('a');
    expect(asked).toEqual(['silent', 'mute', 'a', 'b']);
  });

  it('of names that were answered before come before those of others', async () => {
    await start('known');
    await answer('known');
    await start('a', 'b', 'new');
    await start('known');
    await answer('a');
    expect(asked).toEqual(['known', 'a', 'b', 'known']);
    await answer('b');
    expect(asked).toEqual(['known', 'a', 'b', 'known', 'new']);
  });

  it('that fail make room too', async () => {
    const failing = new LookupLanes((name) => Promise.reject(new Error(name)));
    const results = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map((name) => failing.lookup(name)),
    );
    expect(results.map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
  });
});
