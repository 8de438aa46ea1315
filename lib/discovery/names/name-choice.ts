import { isIPv4 } from 'node:net';
import { type Address, withHost } from '../../nodes/address.js';
import { BackOff } from '../../nodes/back-off.js';

/**
 * Which IP addresses of a name one connects to at a time: `all`, those of one `family`, or just `one`.
 *
 * A peer that has several addresses is reached once with `one`. With `family` it is if it has one
 * address in each family.
 */
export type NameUse = 'all' | 'family' | 'one';

/**
 * The addresses that a name stands for at present: one group of those that it has. Where no address
 * of the group can be reached, the next group has its turn, ever more slowly while that goes on.
 */
export class NameChoice {
  private groups: readonly (readonly string[])[] = [];
  private current: readonly string[] = [];
  /** Those of all groups at which the latest attempt has failed. */
  private readonly failed = new Set<string>();
  private readonly backOff = new BackOff();
  private turn: NodeJS.Timeout | undefined;

  /**
   * @param address what the name is part of
   * @param changed the next group has its turn
   */
  constructor(
    private readonly address: Address,
    private readonly use: NameUse,
    private readonly changed: () => void,
  ) {}

  get name(): string {
    return this.address.host;
  }

  /** What to connect to. */
  get texts(): readonly string[] {
    return this.current;
  }

  /** Whether the latest attempt has failed at each address of the name, those of other groups too. */
  get isUnreachable(): boolean {
    return this.haveFailed(this.groups.flat());
  }

  /** Takes all IP addresses of the name, and stays with those that are in use. */
  found(ips: readonly string[]): void {
    this.groups = groupsOf(ips, this.use).map((group) =>
      group.map((ip) => withHost(this.address, ip).text),
    );
    const texts = new Set(this.groups.flat());
    for (const text of this.failed) {
      if (!texts.has(text)) {
        this.failed.delete(text);
      }
    }
    const isInUse = (text: string): boolean => this.current.includes(text);
    this.choose(this.groups.find((group) => group.some(isInUse)) ?? this.groups[0] ?? []);
  }

  /** There is a connection to an address. */
  reached(text: string): void {
    if (this.current.includes(text)) {
      this.failed.delete(text);
      this.backOff.succeeded();
      this.close();
    }
  }

  /** An attempt to connect to an address has failed. */
  unreachable(text: string): void {
    if (this.current.includes(text)) {
      this.failed.add(text);
      if (this.groups.length > 1 && this.haveFailed(this.current)) {
        this.turn ??= setTimeout(() => this.next(), this.backOff.failed()).unref();
      }
    }
  }

  /** No other group has its turn any more. */
  close(): void {
    clearTimeout(this.turn);
    this.turn = undefined;
  }

  private haveFailed(texts: readonly string[]): boolean {
    return texts.every((text) => this.failed.has(text));
  }

  private next(): void {
    this.turn = undefined;
    // A name that was looked up again may have brought an address that is not tried yet.
    if (this.haveFailed(this.current)) {
      const next = this.groups.indexOf(this.current) + 1;
      this.choose(this.groups[next % this.groups.length] ?? []);
      this.changed();
    }
  }

  private choose(group: readonly string[]): void {
    const fresh = group.filter((text) => !this.current.includes(text));
    fresh.forEach((text) => this.failed.delete(text));
    this.current = group;
  }
}

/** Several of a group are sorted, because name servers give equal addresses in turn. */
function groupsOf(ips: readonly string[], use: NameUse): readonly (readonly string[])[] {
  if (use === 'one') {
    return ips.map((ip) => [ip]);
  }
  const sorted = ips.toSorted();
  const families = [sorted.filter((ip) => isIPv4(ip)), sorted.filter((ip) => !isIPv4(ip))];
  return use === 'all' ? [sorted] : families.filter((family) => family.length > 0);
}
