import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MessageHandler } from '@nestjs/microservices';
import type { RemoteContext } from 'nestjs-remote';
import { Observable } from 'rxjs';
import type { Handlers } from '../robustness/plain-service.js';
import { ASKED_FOR, type Behaviour, valueOf } from './behaviour.js';

/** How often the handler of one call, or one event, began and ended. */
export interface HandlerRecord {
  starts: number;
  ends: number;
}

/** The handlers of all servers of a world, and an account of what they did. */
export class HandlerLedger {
  readonly calls = new Map<number, HandlerRecord>();
  readonly events = new Map<number, HandlerRecord>();

  readonly handlers: Handlers = {
    requests: {
      run: (([call, behaviour]: [number, Behaviour], context: RemoteContext) =>
        respond(recordOf(this.calls, call), call, behaviour, context)) as MessageHandler,
    },
    events: {
      note: (event: number) => {
        recordOf(this.events, event).starts++;
        return Promise.resolve();
      },
    },
  };

  /** The calls whose handlers have begun and not ended. */
  open(): number[] {
    return [...this.calls].filter(([, { starts, ends }]) => ends < starts).map(([call]) => call);
  }
}

function recordOf(records: Map<number, HandlerRecord>, key: number): HandlerRecord {
  let record = records.get(key);
  if (!record) {
    record = { starts: 0, ends: 0 };
    records.set(key, record);
  }
  return record;
}

function respond(
  record: HandlerRecord,
  call: number,
  behaviour: Behaviour,
  context: RemoteContext,
): unknown {
  const { form } = behaviour;
  if (form === 'observable' || form === 'promise of an observable') {
    const values = observe(record, call, behaviour);
    return form === 'observable' ? values : Promise.resolve(values);
  }
  const values = iterate(record, call, behaviour, context.getSignal());
  return form === 'promise' ? lastOf(values) : values;
}

async function* iterate(
  record: HandlerRecord,
  call: number,
  behaviour: Behaviour,
  signal: AbortSignal,
): AsyncGenerator<unknown, void> {
  record.starts++;
  try {
    for (let index = 0; index < behaviour.count; index++) {
      if (behaviour.pace === 'by turns') {
        await nextTurn();
      }
      yield valueOf(call, index, behaviour);
    }
    if (behaviour.ending === 'error') {
      throw new Error(ASKED_FOR);
    }
    if (behaviour.ending === 'never') {
      await aborted(signal);
    }
  } finally {
    record.ends++;
  }
}

function observe(record: HandlerRecord, call: number, behaviour: Behaviour): Observable<unknown> {
  return new Observable((subscriber) => {
    record.starts++;
    let turn: NodeJS.Immediate | undefined;
    const goOn = (index: number): void => {
      if (index < behaviour.count) {
        subscriber.next(valueOf(call, index, behaviour));
        if (behaviour.pace === 'at once') {
          goOn(index + 1);
        } else {
          turn = setImmediate(goOn, index + 1);
        }
      } else if (behaviour.ending === 'complete') {
        subscriber.complete();
      } else if (behaviour.ending === 'error') {
        subscriber.error({ message: ASKED_FOR });
      }
    };
    goOn(0);
    return () => {
      clearImmediate(turn);
      record.ends++;
    };
  });
}

async function lastOf(values: AsyncIterable<unknown>): Promise<unknown> {
  let last: unknown;
  for await (const value of values) {
    last = value;
  }
  return last;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    } else {
      signal.addEventListener('abort', () => resolve(), { once: true });
    }
  });
}
