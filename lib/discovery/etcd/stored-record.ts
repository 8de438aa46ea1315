import { RemoteCallError } from '../../errors/remote-call.error.js';
import { reasonOf } from '../../errors/thrown-text.js';
import { type ServerRecord, readServerRecord } from '../server-record.js';
import type { KeyValue } from './etcd-wire.js';

/** After how many milliseconds a server that has died vanishes, unless it says so itself. */
export const DEFAULT_TTL = 10_000;

/** The most milliseconds that a timer can wait. */
const MOST_TTL = 0x7fff_ffff;

/** What a server tells of itself in etcd: the value of its key, as JSON. */
export interface StoredRecord extends ServerRecord {
  /** Milliseconds after which the key vanishes where the server does not renew it. */
  readonly ttl: number;
  /** It takes no new clients: its key is about to be deleted. */
  readonly leaving?: true;
}

/** @throws {RemoteCallError} `DATA_LOSS` for a value that is none */
export function readStoredRecord({ key, value }: KeyValue): StoredRecord {
  try {
    const parsed: unknown = JSON.parse(value);
    const { ttl, leaving } = Object(parsed) as Partial<Record<keyof StoredRecord, unknown>>;
    return {
      ...readServerRecord(parsed, 'value'),
      ttl: typeof ttl === 'number' && ttl > 0 ? Math.min(ttl, MOST_TTL) : DEFAULT_TTL,
      ...(leaving === true && { leaving }),
    };
  } catch (cause) {
    throw new RemoteCallError(
      `etcd has ${key}, which tells of no server: ${reasonOf(cause)}; it is left out`,
      { key },
      { code: 'DATA_LOSS', cause },
    );
  }
}
