import { setTimeout } from 'node:timers/promises';
import type { EventsLoad, LoadResult, LoadTimes } from '../measurement.js';
import type { MeasuredProcess } from './measured-process.js';

/** How long the server may handle no further event before the rest are taken for lost. */
const GIVES_UP_AFTER = 300;
const ASKS_AGAIN_AFTER = 5;

/**
 * Has the client emit events, then asks the process of the server how many it handled, until that
 * is all of them or rises no more: nothing but the events travels by the transport. The rate is from
 * the first that was emitted to the last that was handled.
 */
export async function measureEvents(
  load: EventsLoad,
  times: LoadTimes,
  client: MeasuredProcess,
  server: MeasuredProcess,
): Promise<LoadResult> {
  const before = await server.request({ kind: 'count' });
  const { emission } = await client.request({ kind: 'emit', load, times });
  const all = before.count.handled + emission.emitted;

  let { count } = before;
  for (let roseAt = performance.now(); performance.now() - roseAt < GIVES_UP_AFTER;) {
    const { handled } = count;
    ({ count } = await server.request({ kind: 'count' }));
    if (count.handled === all) {
      break;
    }
    if (count.handled > handled) {
      roseAt = performance.now();
    }
    await setTimeout(ASKS_AGAIN_AFTER);
  }
  const handled = count.handled - before.count.handled;
  const seconds = (count.lastAt - emission.beganAt) / 1000;
  return {
    rate: seconds > 0 ? handled / seconds : 0,
    p50: 0,
    p99: 0,
    completed: handled,
    lost: all - count.handled,
    isStalled: false,
  };
}
