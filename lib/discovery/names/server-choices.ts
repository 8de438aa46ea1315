import { hasName, parseAddress } from '../../nodes/address.js';
import type { ServerRecord } from '../server-record.js';
import { NameChoice, type NameUse } from './name-choice.js';

/**
 * How long news of names are gathered, in milliseconds for each server. To tell all servers takes the
 * longer the more there are, so this bounds what it takes while many names are looked up.
 */
const GATHERING = 0.02;

/** A server, and the addresses that it has at present. */
interface Entry {
  readonly server: ServerRecord;
  readonly choice: NameChoice | undefined;
}

/**
 * Servers, some of them at names. Each of these has the IP addresses that its name stands for at present.
 */
export class ServerChoices {
  /** By the addresses that the servers have. */
  private entries: ReadonlyMap<string, Entry> = new Map();
  /** Those that were told, by the addresses at which they were: of several at one the first was told. */
  private told: ReadonlyMap<string, readonly Entry[]> = new Map();
  /** The IP addresses of the names. */
  private readonly ips = new Map<string, readonly string[]>();
  /** The choices of the entries. */
  private byName: ReadonlyMap<string, readonly NameChoice[]> = new Map();
  private latest: string | undefined;
  private gathering: NodeJS.Timeout | undefined;

  /**
   * @param use what a name stands for
   * @param changed gets all servers at their IP addresses, those of the lowest priority first
   */
  constructor(
    private readonly use: NameUse,
    private readonly changed: (servers: readonly ServerRecord[]) => void,
  ) {}

  /** The names that servers are at, each once. */
  get names(): ReadonlySet<string> {
    return new Set(this.byName.keys());
  }

  /**
   * Puts other servers in the place of those that there are. Names that stay keep their IP addresses.
   * Call {@link publish} afterwards.
   *
   * @param servers of several at one address the one of the lowest priority counts
   */
  replace(servers: readonly ServerRecord[]): void {
    const { entries } = this;
    const sorted = servers.toSorted((one, other) => priorityOf(one) - priorityOf(other));
    const replaced = new Map<string, Entry>();
    for (const server of sorted) {
      if (!replaced.has(server.address)) {
        const choice = entries.get(server.address)?.choice ?? this.choose(server);
        replaced.set(server.address, { server, choice });
      }
    }
    this.entries = replaced;
    for (const [address, { choice }] of entries) {
      if (!replaced.has(address)) {
        choice?.close();
      }
    }
    this.byName = byNameOf(replaced.values());
    for (const name of this.ips.keys()) {
      if (!this.byName.has(name)) {
        this.ips.delete(name);
      }
    }
  }

  /** Takes all IP addresses of a name. Call {@link publish} or {@link publishSoon} afterwards. */
  found(name: string, ips: readonly string[]): void {
    this.ips.set(name, ips);
    this.byName.get(name)?.forEach((choice) => choice.found(ips));
  }

  /** Tells the servers, unless nothing has changed. */
  publish(): void {
    this.stopGathering();
    const told = new Map<string, Entry[]>();
    const servers: ServerRecord[] = [];
    for (const entry of this.entries.values()) {
      for (const server of serversOf(entry)) {
        const others = told.get(server.address);
        if (others) {
          others.push(entry);
        } else {
          told.set(server.address, [entry]);
          servers.push(server);
        }
      }
    }
    this.told = told;
    const text = JSON.stringify(servers);
    if (text !== this.latest) {
      this.latest = text;
      this.changed(servers);
    }
  }

  /** Tells them soon, with what is found until then. */
  publishSoon(): void {
    this.gathering ??= setTimeout(() => this.publish(), this.entries.size * GATHERING).unref();
  }

  /**
   * There is a connection to an address.
   *
   * @returns the addresses of the servers that are there, as {@link replace} was given them
   */
  reached(address: string): readonly string[] {
    const entries = this.told.get(address) ?? [];
    entries.forEach(({ choice }) => choice?.reached(address));
    return entries.map(({ server }) => server.address);
  }

  /**
   * An attempt to connect to an address has failed.
   *
   * @returns the addresses, as {@link replace} was given them, of the servers that are there and at none
   *   of their IP addresses can be reached
   */
  unreachable(address: string): readonly string[] {
    const entries = this.told.get(address) ?? [];
    entries.forEach(({ choice }) => choice?.unreachable(address));
    return entries
      .filter(({ choice }) => choice?.isUnreachable ?? true)
      .map(({ server }) => server.address);
  }

  /** Nothing changes any more. */
  close(): void {
    this.stopGathering();
    this.entries.forEach(({ choice }) => choice?.close());
  }

  private stopGathering(): void {
    clearTimeout(this.gathering);
    this.gathering = undefined;
  }

  private choose({ address }: ServerRecord): NameChoice | undefined {
    const parsed = parseAddress(address);
    if (!hasName(parsed)) {
      return undefined;
    }
    const choice = new NameChoice(parsed, this.use, () => this.publishSoon());
    const ips = this.ips.get(choice.name);
    if (ips) {
      choice.found(ips);
    }
    return choice;
  }
}

function byNameOf(entries: Iterable<Entry>): ReadonlyMap<string, readonly NameChoice[]> {
  const byName = new Map<string, NameChoice[]>();
  for (const { choice } of entries) {
    if (choice) {
      const equals = byName.get(choice.name) ?? [];
      equals.push(choice);
      byName.set(choice.name, equals);
    }
  }
  return byName;
}

/** A server at each of its addresses, which share its weight. */
function serversOf({ server, choice }: Entry): readonly ServerRecord[] {
  if (!choice) {
    return [server];
  }
  const { weight } = server;
  return choice.texts.map((address) => ({
    ...server,
    address,
    ...(weight !== undefined && { weight: weight / choice.texts.length }),
  }));
}

function priorityOf({ priority = 0 }: ServerRecord): number {
  return priority;
}
