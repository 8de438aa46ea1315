import { EMPTY, NEVER, Subject, concat, finalize, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { END, RecordedRun, nextTurn } from './recorded-run.js';

const broken = new Error('broken');

describe('a handler that returns no Observable', () => {
  it.each([[1], ['text'], [null], [undefined], [[1, 2]], [{ a: 1 }], [new Map()]])(
    'is answered with what it returns: %j',
    async (value) => {
      const { steps } = await new RecordedRun(() => value).start();
      expect(steps).toEqual([['completed', value], ...END]);
    },
  );

  it('has crashed where it throws', async () => {
    const { steps } = await new RecordedRun(() => {
      throw broken;
    }).start();
    expect(steps).toEqual([['crashed', 'broken'], ...END]);
  });
});

describe('the values of an Observable', () => {
  it.each([
    ['one', of(1), [['began'], ['completed', 1]]],
    ['several', of(1, 2, 3), [['began'], ['item', 1], ['item', 2], ['completed', 3]]],
    ['none', EMPTY, [['completed', undefined]]],
    ['undefined', of(undefined), [['began'], ['completed', undefined]]],
    ['an error', throwError(() => broken), [['failed', 'broken']]],
    [
      'a value and an error',
      concat(
        of(1),
        throwError(() => broken),
      ),
      [['began'], ['item', 1], ['failed', 'broken']],
    ],
    ['none, without an end', NEVER, undefined],
  ])('of one tick, the last of which is the answer: %s', async (_, values, expected) => {
    const { steps } = await new RecordedRun(() => values).start();
    expect(steps).toEqual(expected ? [...expected, ...END] : []);
  });

  it('are items where they come in other ticks than the end', async () => {
    const values = new Subject<number>();
    const { steps } = await new RecordedRun(() => values).start();
    values.next(1);
    await nextTurn();
    values.next(2);
    await nextTurn();
    values.complete();
    expect(steps).toEqual([['began'], ['item', 1], ['item', 2], ['completed', undefined], ...END]);
  });

  it('are items but for the last, where that comes in the tick of the end', async () => {
    const values = new Subject<number>();
    const { steps } = await new RecordedRun(() => values).start();
    values.next(1);
    await nextTurn();
    values.next(2);
    values.complete();
    expect(steps).toEqual([['began'], ['item', 1], ['completed', 2], ...END]);
  });

  it('are held back until the end of their tick, and no longer', async () => {
    const values = new Subject<number>();
    const { steps } = await new RecordedRun(() => values).start();
    values.next(1);
    expect(steps).toEqual([['began']]);
    await nextTurn();
    expect(steps).toEqual([['began'], ['item', 1]]);
  });

  it('are held back each until the next one of the same tick', async () => {
    const values = new Subject<number>();
    const { steps } = await new RecordedRun(() => values).start();
    values.next(1);
    values.next(2);
    expect(steps).toEqual([['began'], ['item', 1]]);
    await nextTurn();
    expect(steps).toEqual([['began'], ['item', 1], ['item', 2]]);
  });

  it('are sent before the error of a later tick', async () => {
    const values = new Subject<number>();
    const { steps } = await new RecordedRun(() => values).start();
    values.next(1);
    await nextTurn();
    values.error(broken);
    expect(steps).toEqual([['began'], ['item', 1], ['failed', 'broken'], ...END]);
  });
});

describe('the values of an Observable, where only the last one counts', () => {
  it.each([
    ['one', of(1), 1],
    ['several', of(1, 2, 3), 3],
    ['none', EMPTY, undefined],
  ])('are answered with it: %s', async (_, values, last) => {
    const run = await new RecordedRun(() => values, false).start();
    expect(run.steps.filter(([name]) => name !== 'began')).toEqual([['completed', last], ...END]);
  });

  it('get it in their responses even where it came in an earlier tick', async () => {
    const values = new Subject<number>();
    const { steps } = await new RecordedRun(() => values, false).start();
    values.next(1);
    values.next(2);
    await nextTurn();
    values.complete();
    expect(steps).toEqual([['began'], ['completed', 2], ...END]);
  });
});

describe('the end of a run', () => {
  it('comes after the finalizers of the Observable', async () => {
    const run = new RecordedRun(() =>
      of(1).pipe(finalize(() => void run.steps.push(['finalized']))),
    );
    await run.start();
    expect(run.names).toEqual(['began', 'completed', 'finalized', 'hook', 'ended']);
  });

  it('is reported even where the hook throws', async () => {
    const run = new RecordedRun(() => 1);
    run.listener = (name) => {
      if (name === 'hook') {
        throw broken;
      }
    };
    await run.start();
    expect(run.names.filter((name) => name === 'ended')).toEqual(['ended']);
  });
});
