import { Logger } from '@nestjs/common';
import { Subject, firstValueFrom, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { END, RecordedRun, nextTurn } from './recorded-run.js';

Logger.overrideLogger(false);

async function* generate(...values: readonly unknown[]): AsyncGenerator {
  yield* values;
}

/** An iterable that is driven from outside, and notes whether it was closed. */
class DrivenIterable implements AsyncIterable<unknown> {
  asked = 0;
  closed = 0;
  private give: (result: IteratorResult<unknown>) => void = () => undefined;
  private fail: (error: Error) => void = () => undefined;

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return {
      next: () => {
        this.asked++;
        return new Promise((resolve, reject) => {
          this.give = resolve;
          this.fail = reject;
        });
      },
      return: async () => {
        this.closed++;
        return { done: true, value: undefined };
      },
    };
  }

  async next(value: unknown): Promise<void> {
    this.give({ done: false, value });
    await nextTurn();
  }

  async end(): Promise<void> {
    this.give({ done: true, value: undefined });
    await nextTurn();
  }

  async throw(error: Error): Promise<void> {
    this.fail(error);
    await nextTurn();
  }
}

async function started(result: unknown): Promise<RecordedRun> {
  const recorded = await new RecordedRun(() => result).start();
  await nextTurn();
  return recorded;
}

describe('the values of an AsyncIterable', () => {
  it.each([
    ['one', generate(1), [['began'], ['completed', 1]]],
    ['several', generate(1, 2, 3), [['began'], ['item', 1], ['item', 2], ['completed', 3]]],
    ['none', generate(), [['completed', undefined]]],
    ['one that an Observable has', of(generate(1, 2)), [['began'], ['item', 1], ['completed', 2]]],
    [
      'several that an Observable has, in order',
      of(generate(1, 2), 3, generate(4)),
      [['began'], ...[1, 2, 3].map((value) => ['item', value]), ['completed', 4]],
    ],
  ])('are told as those of an Observable: %s', async (_, result, expected) => {
    expect((await started(result)).steps).toEqual([...expected, ...END]);
  });

  it('are items where they come in other turns than the end', async () => {
    const values = new DrivenIterable();
    const { steps } = await started(values);
    await values.next(1);
    expect(steps).toEqual([['began'], ['item', 1]]);
    await values.end();
    expect(steps).toEqual([['began'], ['item', 1], ['completed', undefined], ...END]);
  });

  it('end with what Nest makes of an error that it throws', async () => {
    const values = new DrivenIterable();
    const { steps } = await started(values);
    await values.next(1);
    await values.throw(new Error('broken'));
    expect(steps).toEqual([['began'], ['item', 1], ['failed', 'Internal server error'], ...END]);
  });

  it('are not asked for before there is room', async () => {
    const values = new DrivenIterable();
    const recorded = await started(values);
    const writable = new Subject<void>();
    recorded.wait = firstValueFrom(writable);
    await values.next(1);
    expect([recorded.names, values.asked]).toEqual([['began', 'item'], 1]);
    writable.next();
    await nextTurn();
    expect(values.asked).toBe(2);
    recorded.run.abort();
  });

  it('let others have their turn, although they come without a pause', async () => {
    let count = 0;
    const endless = async function* (): AsyncGenerator {
      for (;;) {
        yield count++;
      }
    };
    const recorded = await new RecordedRun(endless).start();
    await nextTurn();
    recorded.run.abort();
    const items = (): number => recorded.names.filter((name) => name === 'item').length;
    const before = items();
    await nextTurn();
    expect(count).toBeGreaterThan(1);
    expect(items()).toBe(before);
  });
});

describe('an AsyncIterable', () => {
  it('is closed on abort, though it waits for its next value', async () => {
    const values = new DrivenIterable();
    const { run, steps } = await started(values);
    run.abort();
    expect(values.closed).toBe(1);
    await values.next(1);
    expect(values.asked).toBe(1);
    expect(steps).toEqual(END);
  });

  it('is closed on abort where it waits for room', async () => {
    const values = new DrivenIterable();
    const recorded = await started(values);
    recorded.wait = new Promise(() => undefined);
    await values.next(1);
    recorded.run.abort();
    expect(values.closed).toBe(1);
    await nextTurn();
    expect(recorded.steps).toEqual([['began'], ['item', 1], ...END]);
  });

  it('is closed on abort where an Observable has it', async () => {
    const values = new DrivenIterable();
    const { run } = await started(of(values));
    run.abort();
    expect(values.closed).toBe(1);
  });

  it('has ended when it is closed, which may take its time', async () => {
    let close: () => void = () => undefined;
    const values = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => undefined),
        return: () =>
          new Promise<IteratorResult<unknown>>((resolve) => {
            close = () => resolve({ done: true, value: undefined });
          }),
      }),
    };
    const { run, steps } = await started(values);
    run.abort();
    await nextTurn();
    expect(steps).toEqual([]);
    close();
    await nextTurn();
    expect(steps).toEqual(END);
  });

  it('lets a generator clean up on abort', async () => {
    let isClean = false;
    const wake = new Subject<void>();
    const recorded = await started(
      (async function* () {
        try {
          yield 1;
          await firstValueFrom(wake);
          yield 2;
        } finally {
          isClean = true;
        }
      })(),
    );
    recorded.run.abort();
    wake.next();
    await nextTurn();
    expect(isClean).toBe(true);
    expect(recorded.names).toEqual(['began', 'item', 'hook', 'ended']);
  });

  it.each([
    ['has ended', async (values: DrivenIterable) => values.end()],
    ['has failed', async (values: DrivenIterable) => values.throw(new Error('broken'))],
  ])('is not closed where it %s', async (_, finish) => {
    const values = new DrivenIterable();
    const { run } = await started(values);
    await finish(values);
    run.abort();
    expect(values.closed).toBe(0);
  });

  it('may have no way to be closed', async () => {
    const values = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }),
    };
    const { run, steps } = await started(values);
    run.abort();
    await nextTurn();
    expect(steps).toEqual(END);
  });

  it('may fail to be closed', async () => {
    const values = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => undefined),
        return: async () => {
          throw new Error('cannot be closed');
        },
      }),
    };
    const { run, steps } = await started(values);
    run.abort();
    await nextTurn();
    expect(steps).toEqual(END);
  });
});
