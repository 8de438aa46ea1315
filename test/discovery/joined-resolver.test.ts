import { describe, expect, it } from 'vitest';
import { JoinedResolver } from '../../lib/discovery/joined-resolver.js';
import type { Resolver } from '../../lib/discovery/resolver.js';
import type { ServerRecord } from '../../lib/discovery/server-record.js';

/** A source of which the test says what it finds. */
class Source implements Resolver {
  readonly seen: string[] = [];
  readonly refresh = (): void => void this.seen.push('refresh');
  readonly reached = (address: string): void => void this.seen.push(`reached ${address}`);
  readonly unreachable = (address: string): void => void this.seen.push(`unreachable ${address}`);
  private changed: ((servers: readonly ServerRecord[]) => void) | undefined;

  constructor(private servers: readonly ServerRecord[] = []) {}

  watch(changed: (servers: readonly ServerRecord[]) => void): () => void {
    this.changed = changed;
    changed(this.servers);
    return () => (this.changed = undefined);
  }

  find(...addresses: string[]): void {
    this.servers = addresses.map((address) => ({ address }));
    this.changed?.(this.servers);
  }
}

function watch(...sources: Source[]): { given: string[]; end: () => void } {
  const given: string[] = [];
  const end = new JoinedResolver(sources).watch((servers) =>
    given.push(servers.map(({ address }) => address).join(' ')),
  );
  return { given, end };
}

describe('several sources', () => {
  it('give what all know at once, before watch returns', () => {
    const { given } = watch(new Source([{ address: 'a' }]), new Source([{ address: 'b' }]));
    expect(given).toEqual(['a b']);
  });

  it('give all servers when one source finds others', () => {
    const [one, other] = [new Source([{ address: 'a' }]), new Source([{ address: 'b' }])];
    const { given } = watch(one, other);
    other.find('c', 'd');
    one.find();
    expect(given).toEqual(['a b', 'a c d', 'c d']);
  });

  it('give an address once that several know, as the first tells it', () => {
    const known: ServerRecord[][] = [];
    new JoinedResolver([
      new Source([{ address: 'a', weight: 2 }]),
      new Source([{ address: 'a' }, { address: 'b' }]),
    ]).watch((servers) => known.push([...servers]));
    expect(known).toEqual([[{ address: 'a', weight: 2 }, { address: 'b' }]]);
  });

  it('give nothing once the watch has ended', () => {
    const source = new Source();
    const { given, end } = watch(source);
    end();
    source.find('a');
    expect(given).toEqual(['']);
  });

  it('all learn what becomes of an address', () => {
    const sources = [new Source(), new Source()];
    const joined = new JoinedResolver(sources);
    joined.refresh();
    joined.reached('a');
    joined.unreachable('b');
    const all = ['refresh', 'reached a', 'unreachable b'];
    expect(sources.map(({ seen }) => seen)).toEqual([all, all]);
  });
});
