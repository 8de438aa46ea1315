import { NEVER, Observable, Subject, concat, finalize, firstValueFrom, from, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { END, RecordedRun, nextTurn } from './recorded-run.js';

describe('abort', () => {
  it('unsubscribes the Observable, and reports nothing but the end', async () => {
    let isSubscribed = false;
    const values = new Subject<number>();
    const observed = new Observable<number>((subscriber) => {
      isSubscribed = true;
      const subscription = values.subscribe(subscriber);
      return () => {
        isSubscribed = false;
        subscription.unsubscribe();
      };
    });
    const { run, steps } = await new RecordedRun(() => observed).start();
    expect(isSubscribed).toBe(true);
    run.abort();
    values.next(1);
    expect(isSubscribed).toBe(false);
    expect(steps).toEqual(END);
  });

  it('forgets the value that is held back', async () => {
    const values = new Subject<number>();
    const { run, steps } = await new RecordedRun(() => values).start();
    values.next(1);
    run.abort();
    await nextTurn();
    expect(steps).toEqual([['began'], ...END]);
  });

  it('keeps an Observable from being subscribed to that comes afterwards', async () => {
    let isSubscribed = false;
    const recorded = new RecordedRun(
      () =>
        new Observable(() => {
          isSubscribed = true;
        }),
    );
    const started = recorded.start();
    recorded.run.abort();
    await started;
    expect(isSubscribed).toBe(false);
    expect(recorded.steps).toEqual(END);
  });

  it('lets a promise run on, whose end is the end', async () => {
    const result = new Subject<number>();
    const recorded = new RecordedRun(() => firstValueFrom(result));
    const started = recorded.start();
    recorded.run.abort();
    await nextTurn();
    expect(recorded.names).not.toContain('ended');
    result.next(1);
    await started;
    expect(recorded.steps.slice(-2)).toEqual(END);
  });

  it('takes effect while the Observable is being subscribed to', async () => {
    let isClosed = false;
    const values = from([1, 2, 3]).pipe(
      finalize(() => {
        isClosed = true;
      }),
    );
    const recorded = new RecordedRun(() => concat(values, NEVER));
    recorded.listener = (name) => name === 'began' && recorded.run.abort();
    await recorded.start();
    await nextTurn();
    expect(isClosed).toBe(true);
    expect(recorded.steps).toEqual([['began'], ...END]);
  });

  it('does nothing after the end, and nothing twice', async () => {
    const recorded = await new RecordedRun(() => of(1)).start();
    recorded.run.abort();
    recorded.run.abort();
    expect(recorded.steps).toEqual([['began'], ['completed', 1], ...END]);
  });
});

describe('abort of what cannot be closed', () => {
  it.each([
    [
      'the iterator',
      () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<never>(() => undefined),
          return: () => {
            throw new Error('cannot be closed');
          },
        }),
      }),
    ],
    [
      'the teardown of the Observable',
      () =>
        new Observable(() => () => {
          throw new Error('cannot be closed');
        }),
    ],
  ])('does not throw where %s does', async (_, result) => {
    const recorded = await new RecordedRun(result).start();
    await nextTurn();
    expect(() => {
      recorded.run.abort();
    }).not.toThrow();
    await nextTurn();
    expect(recorded.names.filter((name) => name === 'ended')).toEqual(['ended']);
  });
});
