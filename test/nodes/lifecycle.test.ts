import { describe, expect, it } from 'vitest';
import { Lifecycle } from '../../lib/nodes/lifecycle.js';

const overtaken = new Error('it was closed');

/** Work that the test ends. */
function work(): { promise: Promise<void>; end: () => void; fail: (error: Error) => void } {
  let end!: () => void;
  let fail!: (error: Error) => void;
  const promise = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  return { promise, end, fail };
}

function lifecycle(): { life: Lifecycle; log: string[] } {
  return { life: new Lifecycle(() => overtaken), log: [] };
}

const nothing = (): void => undefined;

describe('Lifecycle', () => {
  it('is open at once where its work takes no time', () => {
    const { life } = lifecycle();
    void life.open(nothing);
    expect(life.state).toBe('open');
  });

  it('is closed at once where its work takes no time', () => {
    const { life } = lifecycle();
    void life.open(nothing);
    void life.close(nothing);
    expect(life.state).toBe('closed');
  });

  it('shares the work of openings that coincide', async () => {
    const { life, log } = lifecycle();
    const { promise, end } = work();
    const start = (): Promise<void> => {
      log.push('start');
      return promise;
    };
    const both = Promise.all([life.open(start), life.open(start)]);
    expect(life.state).toBe('opening');
    end();
    await both;
    expect(log).toEqual(['start']);
    expect(life.state).toBe('open');
  });

  it('shares the work of closings that coincide', async () => {
    const { life, log } = lifecycle();
    await life.open(nothing);
    const stop = async (): Promise<void> => void log.push('stop');
    await Promise.all([life.close(stop), life.close(stop)]);
    expect(log).toEqual(['stop']);
    expect(life.state).toBe('closed');
  });

  it('does nothing when it is open, or closed, already', async () => {
    const { life, log } = lifecycle();
    await life.close(() => void log.push('stop'));
    await life.open(nothing);
    await life.open(() => void log.push('start'));
    expect(log).toEqual([]);
  });

  it('is closed after an opening that failed, and says why', async () => {
    const { life } = lifecycle();
    const failed = new Error('no such address');
    await expect(life.open(() => Promise.reject(failed))).rejects.toBe(failed);
    expect(life.state).toBe('closed');
    await life.open(nothing);
    expect(life.state).toBe('open');
  });

  it('is closed after a closing that failed, and says why', async () => {
    const { life } = lifecycle();
    await life.open(nothing);
    const failed = new Error('no');
    await expect(life.close(() => Promise.reject(failed))).rejects.toBe(failed);
    expect(life.state).toBe('closed');
  });

  it('overtakes an opening, and is closed once its work has ended', async () => {
    const { life, log } = lifecycle();
    const { promise, end } = work();
    const opening = life.open(async (signal) => {
      await promise;
      log.push('noticed');
      signal.throwIfAborted();
      log.push('opened');
    });
    const closing = life.close(() => void log.push('stop'));
    expect(life.state).toBe('closing');
    end();
    await expect(opening).rejects.toBe(overtaken);
    await closing;
    expect(log).toEqual(['stop', 'noticed']);
    expect(life.state).toBe('closed');
  });

  it('ends an opening as overtaken whose work did not notice', async () => {
    const { life } = lifecycle();
    const { promise, end } = work();
    const opening = life.open(() => promise);
    const closing = life.close(nothing);
    end();
    await expect(opening).rejects.toBe(overtaken);
    await closing;
    expect(life.state).toBe('closed');
  });

  it('opens after the closing that is under way', async () => {
    const { life, log } = lifecycle();
    await life.open(nothing);
    const { promise, end } = work();
    const closing = life.close(() => promise);
    const opening = life.open(() => void log.push('start'));
    expect(life.state).toBe('waiting');
    expect(log).toEqual([]);
    end();
    await closing;
    await opening;
    expect(log).toEqual(['start']);
    expect(life.state).toBe('open');
  });

  it('opens after a closing that fails', async () => {
    const { life } = lifecycle();
    await life.open(nothing);
    const { promise, fail } = work();
    const closing = life.close(() => promise);
    const opening = life.open(nothing);
    fail(new Error('no'));
    await expect(closing).rejects.toThrow('no');
    await opening;
    expect(life.state).toBe('open');
  });

  it('forgets an opening that waits when it is closed once more, and stops once', async () => {
    const { life, log } = lifecycle();
    await life.open(nothing);
    const { promise, end } = work();
    const stop = (): Promise<void> => {
      log.push('stop');
      return promise;
    };
    const closings = [life.close(stop)];
    const opening = life.open(() => void log.push('start'));
    closings.push(life.close(stop));
    end();
    await expect(opening).rejects.toBe(overtaken);
    await Promise.all(closings);
    expect(log).toEqual(['stop']);
    expect(life.state).toBe('closed');
  });

  it('ends an opening as overtaken whose work fails after it was overtaken', async () => {
    const { life } = lifecycle();
    const { promise, fail } = work();
    const opening = life.open(() => promise);
    const closing = life.close(nothing);
    fail(new Error('no such address'));
    await expect(opening).rejects.toBe(overtaken);
    await closing;
    expect(life.state).toBe('closed');
  });

  it('says that it has started once it is open, and each time anew', async () => {
    const { life, log } = lifecycle();
    const started = (): void => void log.push(`started: ${life.state}`);
    await life.open(nothing, started);
    await life.open(nothing, started);
    await life.close(nothing);
    await life.open(() => Promise.resolve(), started);
    expect(log).toEqual(['started: open', 'started: open']);
  });

  it('can be closed by the listener of its start', async () => {
    const { life } = lifecycle();
    await life.open(nothing, () => void life.close(nothing));
    expect(life.state).toBe('closed');
  });

  it('shares a reopening with the openings that coincide with it', async () => {
    const { life, log } = lifecycle();
    await life.open(nothing);
    const { promise, end } = work();
    const reopening = life.reopen(() => promise);
    const opening = life.open(() => void log.push('start'));
    expect(life.state).toBe('opening');
    end();
    await Promise.all([reopening, opening]);
    expect(log).toEqual([]);
    expect(life.state).toBe('open');
  });

  it('overtakes a reopening', async () => {
    const { life, log } = lifecycle();
    await life.open(nothing);
    const { promise, end } = work();
    const reopening = life.reopen(() => promise);
    const closing = life.close(() => void log.push('stop'));
    end();
    await expect(reopening).rejects.toBe(overtaken);
    await closing;
    expect(log).toEqual(['stop']);
    expect(life.state).toBe('closed');
  });

  it('reopens only what is open', async () => {
    const { life, log } = lifecycle();
    await life.reopen(() => void log.push('start'));
    expect(log).toEqual([]);
    expect(life.state).toBe('closed');
  });

  it('is closed after a close in the moment in which an opening would have begun', async () => {
    const { life, log } = lifecycle();
    await life.open(nothing);
    const { promise, end } = work();
    const closed = life.close(() => promise).then(() => life.close(nothing));
    const opening = life.open(() => void log.push('start'));
    end();
    await expect(opening).rejects.toBe(overtaken);
    await closed;
    expect(life.state).toBe('closed');
    expect(log).toEqual([]);
  });

  it('can be closed from within its opening', async () => {
    const { life } = lifecycle();
    const opening = life.open(() => void life.close(nothing));
    await expect(opening).rejects.toBe(overtaken);
    await expect.poll(() => life.state).toBe('closed');
  });

  it('can be opened from within its closing', async () => {
    const { life, log } = lifecycle();
    await life.open(nothing);
    await life.close(() => void life.open(() => void log.push('start')));
    await expect.poll(() => life.state).toBe('open');
    expect(log).toEqual(['start']);
  });
});
