import { optionError } from '../../errors/option-error.js';
import { type Address, parseAddress, requireConnectable } from '../../nodes/address.js';
import { integer, texts } from '../../options/option-check.js';
import { type SchemaOf, optional, resolveOptions } from '../../options/option-schema.js';
import {
  boundAddress,
  isWildcard,
  localAddressWarning,
  withBoundPort,
} from '../advertised-address.js';
import type { Registry } from '../registry.js';
import { readServerRecord } from '../server-record.js';
import { etcdAccess, prefixOf, readEndpoints } from './etcd-access.js';
import { EtcdClient } from './etcd-client.js';
import { EtcdRegistration } from './etcd-registration.js';
import { DEFAULT_TTL } from './stored-record.js';

/** Options of {@link etcd}. */
export interface EtcdOptions {
  /** Where etcd is, such as `'http://127.0.0.1:2379'`. Where one does not answer, the next one is asked. */
  endpoints: string | readonly string[];
  /** What clients look for: `'services/math'` is found by `connect: 'etcd://host:2379/services/math'`. */
  name: string;
  /**
   * Milliseconds after which a server that has died vanishes. It is renewed three times as often. Default
   * 10,000; etcd counts in seconds, and at least two.
   */
  ttl?: number;
  /**
   * The address at which clients reach the server; port `*` is the one that it is bound to. Default: the
   * first address that it is bound to, with this machine's first external IPv4 address in place of `*`. One
   * that no other machine can reach is warned of then.
   */
  advertise?: string;
  /** Distinguishes the server from others of its name. Default: another one for each start. */
  instance?: string;
  /** The version of the program, for people. */
  version?: string;
  /** Where the server stands, such as a data centre. */
  zone?: string;
  /** Its share of the calls beside others, above 0. Default 1. */
  weight?: number;
  /** Servers of the lowest priority get the calls, the others where none of those is up. Default 0. */
  priority?: number;
  /** Who registers, where etcd has users. */
  user?: string;
  /** Of the user. It is in no log and no error. */
  password?: string;
}

/** An endpoint that is silent leaves time to ask others while the lease lasts; in milliseconds. */
const LONGEST_ANSWER = 3000;

const ETCD_OPTIONS = {
  endpoints: (option, value) => readEndpoints(texts(option, value), option),
  name: (option, value) => requiredPrefix(option, value),
  ttl: optional(integer(1000, 0x7fff_ffff), DEFAULT_TTL),
  advertise,
  instance: word,
  version: ofRecord,
  zone: ofRecord,
  weight: ofRecord,
  priority: ofRecord,
  user: text,
  password: text,
} satisfies SchemaOf<EtcdOptions>;

/**
 * Registers servers in etcd, where clients with `connect: 'etcd://host:2379/name'` find them.
 *
 * ```ts
 * new RemoteServer({
 *   bind: 'tcp://*:5555',
 *   register: etcd({ endpoints: 'http://127.0.0.1:2379', name: 'services/math' }),
 * })
 * ```
 *
 * A server has one key, `/name/instance`, by a lease that it keeps alive. It gives it back before it
 * drains. While etcd is down it goes on serving, and registers again when etcd is back.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and the remedy
 */
export function etcd(options: EtcdOptions): Registry {
  const checked = resolveOptions(ETCD_OPTIONS, options, { prefix: 'register.' });
  const { endpoints, name: prefix, ttl, instance: ownInstance, user, password } = checked;
  const { advertise: advertised, version, zone, weight, priority } = checked;
  // The address is known when the server listens.
  const unplaced = { address: 'tcp://server:1', version, zone, weight, priority };
  const details = readServerRecord(unplaced, 'register');
  const access = etcdAccess(endpoints, user, password);
  return {
    register: ({ addresses, instance: anyInstance }, failed) => {
      const instance = ownInstance ?? anyInstance;
      const address = advertised ? withBoundPort(advertised, addresses) : boundAddress(addresses);
      const client = new EtcdClient(access, Math.min(LONGEST_ANSWER, ttl / 4));
      const record = { ...details, address, instance, ttl };
      const warning = advertised ? undefined : localAddressWarning(address);
      return new EtcdRegistration(client, prefix + instance, record, failed, warning);
    },
  };
}

/** {@link readServerRecord} checks it. */
function ofRecord<Value>(_option: string, value: Value): Value {
  return value;
}

function requiredPrefix(option: string, value: string | undefined): string {
  const prefix = typeof value === 'string' ? prefixOf(value) : undefined;
  if (prefix === undefined) {
    throw optionError(
      option,
      value,
      "give the name that clients look for, such as 'services/math'",
    );
  }
  return prefix;
}

function advertise(option: string, value: string | undefined): Address | undefined {
  if (value === undefined) {
    return undefined;
  }
  const address = parseAddress(value, option);
  if (address.port !== 0 || address.host === '*') {
    requireConnectable(address, option, value);
  }
  if (isWildcard(address)) {
    throw optionError(option, value, "give 'tcp://host:port', with a host that clients can reach");
  }
  if (address.scheme === 'udp' || address.scheme === 'memory') {
    throw optionError(option, value, "give 'tcp://host:port': servers of UDP are not registered");
  }
  return address;
}

function text(option: string, value: string | undefined): string | undefined {
  if (value !== undefined && typeof value !== 'string') {
    throw optionError(option, value, 'give a text');
  }
  return value;
}

/** A text that can be the last part of a key. */
function word(option: string, value: string | undefined): string | undefined {
  if (value !== undefined && !/^[^\s/]+$/.test(String(value))) {
    throw optionError(option, value, 'give a text without spaces and slashes');
  }
  return value;
}
