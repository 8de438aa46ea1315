import { hasName, parseAddress } from '../../nodes/address.js';
import type { ServerRecord } from '../server-record.js';
import { NameChoice, type NameUse } from './name-choice.js';

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
  /** The IP addresses of the names. */
  private readonly ips = new Map<string, readonly string[]>();
  /** Those of the entries, all and by their names. */
  private choices: readonly NameChoice[] = [];
  private byName: ReadonlyMap<string, readonly NameChoice[]> = new Map();
  private latest: string | undefined;

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
    this.choices = [...replaced.values()].flatMap(({ choice }) => choice ?? []);
    this.byName = byNameOf(this.choices);
    for (const name of this.ips.keys()) {
      if (!this.byName.has(name)) {
        this.ips.delete(name);
      }
    }
  }

  /** Takes all IP addresses of a name. Call {@link publish} afterwards. */
  found(name: string, ips: readonly string[]): void {
    this.ips.set(name, ips);
    this.byName.get(name)?.forEach((choice) => choice.found(ips));
  }

  /** Tells the servers, unless nothing has changed. */
  publish(): void {
    const servers = new Map<string, ServerRecord>();
    for (const server of [...this.entries.values()].flatMap(serversOf)) {
      if (!servers.has(server.address)) {
        servers.set(server.address, server);
      }
    }
    const list = [...servers.values()];
    const text = JSON.stringify(list);
    if (text !== this.latest) {
      this.latest = text;
      this.changed(list);
    }
  }

  /** There is a connection to an address. */
  reached(address: string): void {
    this.choices.forEach((choice) => choice.reached(address));
  }

  /** An attempt to connect to an address has failed. */
  unreachable(address: string): void {
    this.choices.forEach((choice) => choice.unreachable(address));
  }

  /** Nothing changes any more. */
  close(): void {
    this.choices.forEach((choice) => choice.close());
  }

  private choose({ address }: ServerRecord): NameChoice | undefined {
    const parsed = parseAddress(address);
    if (!hasName(parsed)) {
      return undefined;
    }
    const choice = new NameChoice(parsed, this.use, () => this.publish());
    const ips = this.ips.get(choice.name);
    if (ips) {
      choice.found(ips);
    }
    return choice;
  }
}

function byNameOf(choices: readonly NameChoice[]): ReadonlyMap<string, readonly NameChoice[]> {
  const byName = new Map<string, NameChoice[]>();
  for (const choice of choices) {
    const equals = byName.get(choice.name) ?? [];
    equals.push(choice);
    byName.set(choice.name, equals);
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
