import { fakeService } from 'nestjs-remote/testing';
import { NEVER, Subject, concat, finalize, of, range } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ValueIterator } from '../../lib/client/value-iterator.js';

async function all<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const taken: Value[] = [];
  for await (const value of values) {
    taken.push(value);
  }
  return taken;
}

describe('client.stream', () => {
  let ended = 0;

  const { client, close } = fakeService({
    count: async function* count(first: number, last: number) {
      for (let number = first; number <= last; number++) {
        yield number;
      }
    },
    endless: () => concat(of(1, 2), NEVER).pipe(finalize(() => ended++)),
    one: () => 'value',
  });

  it('gives all values of a method, for positional arguments', async () => {
    expect(await all(client.stream.count(2, 4))).toEqual([2, 3, 4]);
    expect(await all(client.stream.one())).toEqual(['value']);
  });

  it('cancels the call when its loop is left', async () => {
    for await (const value of client.stream.endless()) {
      if (value === 2) {
        break;
      }
    }
    await expect.poll(() => ended).toBe(1);
  });

  it('rejects with the error of the call', async () => {
    onTestFinished(close);
    await client.close();
    await close();
    const lost = client.stream.one();
    const next = lost.next();
    await client.close();
    await expect(next).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await lost.next()).toEqual({ value: undefined, done: true });
  });
});

describe('a ValueIterator', () => {
  it('subscribes when the first value is wanted', () => {
    const source = new Subject<number>();
    const values = new ValueIterator(source);
    expect(source.observed).toBe(false);
    void values.next();
    expect(source.observed).toBe(true);
  });

  it('gives values in order to readers that wait, and to those that come later', async () => {
    const source = new Subject<number>();
    const values = new ValueIterator(source);
    const early = [values.next(), values.next()];
    [1, 2, 3].forEach((value) => source.next(value));
    source.complete();
    const late = [values.next(), values.next()];
    const results = await Promise.all([...early, ...late]);
    expect(results.map(({ value }) => value)).toEqual([1, 2, 3, undefined]);
    expect(results.map(({ done }) => done)).toEqual([false, false, false, true]);
  });

  it('gives an error after the values before it, once', async () => {
    const source = new Subject<number>();
    const values = new ValueIterator(source);
    const first = values.next();
    source.next(1);
    source.next(2);
    source.error(new Error('lost'));
    expect(await first).toEqual({ value: 1, done: false });
    expect(await values.next()).toEqual({ value: 2, done: false });
    await expect(values.next()).rejects.toThrow('lost');
    expect(await values.next()).toEqual({ value: undefined, done: true });
  });

  it('ends with an error where its reader is much too slow', async () => {
    let isOver = false;
    const source = range(1, 70_000).pipe(finalize(() => (isOver = true)));
    const taken: number[] = [];
    const reading = (async () => {
      for await (const value of new ValueIterator(source)) {
        taken.push(value);
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    expect(taken.length).toBeLessThan(70_000);
    expect(isOver).toBe(true);
  });

  it('ends when it is asked to, also for readers that wait', async () => {
    const source = new Subject<number>();
    const values = new ValueIterator(source);
    const waiting = values.next();
    await values.return();
    expect(await waiting).toEqual({ value: undefined, done: true });
    expect(source.observed).toBe(false);
  });
});
