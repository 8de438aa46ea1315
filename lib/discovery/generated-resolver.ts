import { setImmediate, setTimeout } from 'node:timers/promises';
import { optionError } from '../errors/option-error.js';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { reasonOf } from '../errors/thrown-text.js';
import { BackOff } from '../nodes/back-off.js';
import { QuietErrors } from '../nodes/quiet-errors.js';
import type { Resolver } from './resolver.js';
import { type ServerRecord, readServerRecord } from './server-record.js';

/** All servers of a service, each as its address or with what is known of it. */
export type ServerList = readonly (string | ServerRecord)[];

/**
 * Finds servers: each list that it yields takes the place of the one before. The last one stays when it
 * ends. When it throws it is called again, ever later while that goes on, and the servers stay.
 *
 * @param signal aborted when the client or server closes, so that a wait can end
 */
export type ServerGenerator = (signal: AbortSignal) => AsyncIterable<ServerList>;

/**
 * An option that is a generator of servers.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for what is no function
 */
export function serverGenerator(
  option: string,
  value: ServerGenerator | undefined,
): ServerGenerator | undefined {
  if (value !== undefined && typeof value !== 'function') {
    throw optionError(option, value, 'give a function: async function* () { yield [address]; }');
  }
  return value;
}

/** Takes servers from a generator. */
export class GeneratedResolver implements Resolver {
  private readonly errors: QuietErrors;

  /**
   * @param generate called when the watch begins, and after each failure
   * @param failed it has thrown, or has yielded what is no server: `UNAVAILABLE`, `INVALID_ARGUMENT`
   */
  constructor(
    private readonly generate: ServerGenerator,
    failed: (error: RemoteCallError) => void,
  ) {
    this.errors = new QuietErrors(failed);
  }

  watch(changed: (servers: readonly ServerRecord[]) => void): () => void {
    const abort = new AbortController();
    changed([]);
    void this.follow(changed, abort.signal);
    return () => abort.abort();
  }

  /** Takes lists until the generator ends or the watch does. */
  private async follow(
    changed: (servers: readonly ServerRecord[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const backOff = new BackOff();
    while (!signal.aborted) {
      let listedAt: number | undefined;
      try {
        await this.takeLists((servers) => {
          listedAt ??= performance.now();
          changed(servers);
        }, signal);
        return;
      } catch (cause) {
        if (!signal.aborted) {
          this.errors.add(failure(cause));
          const delay =
            listedAt === undefined ? backOff.failed() : backOff.lost(performance.now() - listedAt);
          await setTimeout(delay, undefined, { signal }).catch(() => undefined);
        }
      }
    }
  }

  private async takeLists(
    changed: (servers: readonly ServerRecord[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const lists: unknown = this.generate(signal);
    if (!isAsyncIterable(lists)) {
      this.errors.add(
        optionError('resolve', lists, 'return an AsyncIterable: async function* () {}'),
      );
      return;
    }
    const iterator = lists[Symbol.asyncIterator]();
    const end = (): void => void endOf(iterator);
    signal.addEventListener('abort', end, { once: true });
    try {
      for (;;) {
        const { done, value } = await iterator.next();
        if (done || signal.aborted) {
          return;
        }
        const servers = this.read(value);
        if (servers) {
          changed(servers);
        }
        // One that never waits would leave no time for anything else.
        await setImmediate();
      }
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  /** The servers of a list, without those that cannot be; undefined for what is no list. */
  private read(list: unknown): readonly ServerRecord[] | undefined {
    if (!Array.isArray(list)) {
      this.errors.add(optionError('resolve', list, "yield a list, such as ['tcp://host:port']"));
      return undefined;
    }
    return list.flatMap((item: unknown) => {
      try {
        return readServerRecord(item, 'resolve');
      } catch (error) {
        this.errors.add(error as RemoteCallError);
        return [];
      }
    });
  }
}

function failure(cause: unknown): RemoteCallError {
  const message = `cannot find servers: resolve has failed: ${reasonOf(cause)}`;
  return new RemoteCallError(message, {}, { code: 'UNAVAILABLE', cause });
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function'
  );
}

/** Lets a generator clean up. What it throws then concerns nobody: nobody takes servers from it any more. */
async function endOf(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {}
}
