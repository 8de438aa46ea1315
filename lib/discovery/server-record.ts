import { optionError } from '../errors/option-error.js';
import { parseAddress, requireConnectable } from '../nodes/address.js';

/** What a source of addresses tells of one server. */
export interface ServerRecord {
  /** Where it is: `tcp://host:port`, `ipc://path`, or within one process `inproc://` or `memory://`. */
  readonly address: string;
  /** Servers of the lowest priority get the calls, the others where none of those is up. Default 0. */
  readonly priority?: number;
  /** Its share of the calls beside others, above 0. Default 1. */
  readonly weight?: number;
  /** Where it stands, such as a data centre. */
  readonly zone?: string;
  /** Distinguishes it from those that were at its address before. */
  readonly instance?: string;
  /** The version of its program. */
  readonly version?: string;
}

const REMEDY =
  "give an address such as 'tcp://host:port', or { address, priority?, weight?, zone?, instance?, version? }";

/**
 * Reads what somebody else wrote as a record: an address, or an object with the members of a
 * {@link ServerRecord}. Other members are left out.
 *
 * @param name what it is called, for the error
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the value and the remedy
 */
export function readServerRecord(value: unknown, name: string): ServerRecord {
  if (typeof value === 'string') {
    return { address: readAddress(value, name) };
  }
  if (typeof value !== 'object' || value === null) {
    throw optionError(name, value, REMEDY);
  }
  const { address, priority, weight, zone, instance, version } = value as Partial<ServerRecord>;
  if (priority !== undefined && !Number.isInteger(priority)) {
    throw optionError(`${name}.priority`, priority, 'give a whole number; the lowest comes first');
  }
  if (weight !== undefined && !(Number.isFinite(weight) && weight > 0)) {
    throw optionError(`${name}.weight`, weight, 'give a number above 0');
  }
  const words = Object.entries({ zone, instance, version }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  for (const [member, word] of words) {
    if (typeof word !== 'string') {
      throw optionError(`${name}.${member}`, word, 'give a text');
    }
  }
  return {
    address: readAddress(address, `${name}.address`),
    ...(priority !== undefined && { priority }),
    ...(weight !== undefined && { weight }),
    ...Object.fromEntries(words),
  };
}

function readAddress(value: unknown, name: string): string {
  const address = parseAddress(value, name);
  requireConnectable(address, name, value);
  if (address.scheme === 'udp') {
    throw optionError(name, value, "give a 'tcp://' or 'ipc://' address: UDP has to be in connect");
  }
  return address.text;
}
