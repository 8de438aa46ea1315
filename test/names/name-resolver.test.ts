import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RemoteCallError } from '../../lib/errors/remote-call.error.js';
import { NameResolver, type NameResolverOptions } from '../../lib/discovery/names/name-resolver.js';
import { type Resolver, StaticResolver } from '../../lib/discovery/resolver.js';

const BOTH = ['10.0.0.2', 'fd00::2', '10.0.0.1'];

/** Addresses of many names. */
const MANY = Array.from({ length: 2000 }, (_, index) => `tcp://name-${index}.test:1`);

/** Lets answers arrive. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a resolver gives from first to last, each as one text. */
function watch(
  source: readonly string[] | Resolver,
  lookup: NonNullable<NameResolverOptions['lookup']>,
  options: Partial<NameResolverOptions> = {},
): { given: string[]; errors: RemoteCallError[]; resolver: NameResolver; end: () => void } {
  const given: string[] = [];
  const errors: RemoteCallError[] = [];
  const failed = (error: RemoteCallError): void => void errors.push(error);
  const resolver = new NameResolver('watch' in source ? source : new StaticResolver(source), {
    interval: 1,
    lookup,
    failed,
    ...options,
  });
  const end = resolver.watch((servers) =>
    given.push(servers.map(({ address }) => address).join(' ')),
  );
  onTestFinished(end);
  return { given, errors, resolver, end };
}

describe('a resolver of names', () => {
  it('gives addresses without names at once, and asks nobody', () => {
    const nobody = (): never => {
      throw new Error('asked');
    };
    const addresses = ['tcp://10.0.0.1:1', 'ipc:///tmp/a', 'inproc://b', 'tcp://[::1]:2'];
    expect(watch(addresses, nobody).given).toEqual([addresses.join(' ')]);
  });

  it('puts all IP addresses in the place of a name', async () => {
    const { given } = watch(['tcp://a.test:1', 'udp://10.0.0.9:2'], () => Promise.resolve(BOTH));
    expect(given).toEqual(['udp://10.0.0.9:2']);
    await expect
      .poll(() => given.at(-1))
      .toBe('tcp://10.0.0.1:1 tcp://10.0.0.2:1 tcp://[fd00::2]:1 udp://10.0.0.9:2');
  });

  it('keeps what precedes the name', async () => {
    const { given } = watch(['tcp://eth9;a.test:1'], () => Promise.resolve(['10.0.0.1']));
    await expect.poll(() => given.at(-1)).toBe('tcp://eth9;10.0.0.1:1');
  });

  it('asks once for a name of several addresses', async () => {
    let asked = 0;
    const { given } = watch(
      ['tcp://a.test:1', 'tcp://a.test:2'],
      () => Promise.resolve([`10.0.0.${++asked}`]),
      { interval: 0 },
    );
    await expect.poll(() => given.at(-1)).toBe('tcp://10.0.0.1:1 tcp://10.0.0.1:2');
  });

  it('gives one family where a peer of both would be reached twice', async () => {
    const { given } = watch(['tcp://a.test:1'], () => Promise.resolve(BOTH), { use: 'family' });
    await expect.poll(() => given.at(-1)).toBe('tcp://10.0.0.1:1 tcp://10.0.0.2:1');
    const ipv6 = watch(['tcp://a.test:1'], () => Promise.resolve(['::2', '::1']), {
      use: 'family',
    });
    await expect.poll(() => ipv6.given.at(-1)).toBe('tcp://[::1]:1 tcp://[::2]:1');
  });

  it('gives them again only when they have changed, whatever their order', async () => {
    const answers = [BOTH, BOTH.toReversed(), BOTH, ['10.0.0.1']];
    const { given } = watch(['tcp://a.test:1'], () =>
      Promise.resolve(answers.length > 1 ? answers.shift()! : answers[0]!),
    );
    await expect.poll(() => given.at(-1)).toBe('tcp://10.0.0.1:1');
    expect(given).toHaveLength(3);
  });

  it('goes on asking for a name that does not exist, and reports it once', async () => {
    let asked = 0;
    const { given, errors } = watch(['tcp://a.test:1'], () =>
      ++asked > 4
        ? Promise.resolve(['10.0.0.1'])
        : Promise.reject(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' })),
    );
    await expect.poll(() => given.at(-1)).toBe('tcp://10.0.0.1:1');
    expect(errors).toMatchObject([
      {
        code: 'UNAVAILABLE',
        message: 'cannot resolve a.test: ENOTFOUND; no name server knows it: correct the name',
      },
    ]);
  });

  it('asks again without an interval when it is told that an address is lost', async () => {
    let asked = 0;
    const { given, resolver } = watch(
      ['tcp://a.test:1'],
      () => Promise.resolve([`10.0.0.${++asked}`]),
      { interval: 0 },
    );
    await expect.poll(() => given.at(-1)).toBe('tcp://10.0.0.1:1');
    resolver.refresh();
    await expect.poll(() => given.at(-1)).toBe('tcp://10.0.0.2:1');
  });

  it('gives nothing once its watch has ended', async () => {
    let found!: (ips: readonly string[]) => void;
    const { given, end } = watch(
      ['tcp://a.test:1'],
      () => new Promise((resolve) => (found = resolve)),
    );
    end();
    found(BOTH);
    await turn();
    expect(given).toEqual(['']);
  });

  it('gives nothing once its watch has ended, though it has found something', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { given, end } = watch(['tcp://a.test:1'], () => Promise.resolve(BOTH), { interval: 0 });
    await turn();
    end();
    vi.runAllTimers();
    expect(given).toEqual(['']);
  });

  it('gives all once whose names are found in one turn', async () => {
    const { given } = watch(MANY, (name) => Promise.resolve([ipOf(name)]), { interval: 0 });
    await expect.poll(() => given.at(-1)?.split(' ')).toHaveLength(MANY.length);
    expect(given).toHaveLength(2);
  });

  it('gives all a few times whose names are found one after another', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const answers: (() => void)[] = [];
    const { given } = watch(
      MANY,
      (name) => new Promise((resolve) => answers.push(() => resolve([ipOf(name)]))),
      { interval: 0 },
    );
    for (const answer of answers) {
      answer();
      await turn();
      // Some ten answers come within a millisecond.
      vi.advanceTimersByTime(0.1);
    }
    vi.runAllTimers();
    expect(given.at(-1)?.split(' ')).toHaveLength(MANY.length);
    expect(given.length).toBeLessThan(20);
  });

  it('gives at once all that its source has, with the names that are known', async () => {
    const source = new Source(['tcp://a.test:1']);
    const { given } = watch(source, () => Promise.resolve(['10.0.0.1']), { interval: 0 });
    await expect.poll(() => given.at(-1)).toBe('tcp://10.0.0.1:1');
    source.give('tcp://a.test:1', 'tcp://a.test:2', 'tcp://10.0.0.9:1');
    expect(given.at(-1)).toBe('tcp://10.0.0.1:1 tcp://10.0.0.1:2 tcp://10.0.0.9:1');
  });
});

describe('the source of a resolver of names', () => {
  it('learns that there is a connection to a server at a name', async () => {
    const { source, resolver } = await named(['tcp://a.test:1', 'tcp://b.test:1']);
    resolver.reached('tcp://10.0.0.1:1');
    expect(source.seen).toEqual(['reached tcp://a.test:1', 'reached tcp://b.test:1']);
  });

  it('learns what becomes of addresses without names', async () => {
    const { source, resolver } = await named(['tcp://a.test:1', 'tcp://10.0.0.1:1', 'ipc:///a']);
    resolver.reached('ipc:///a');
    resolver.reached('tcp://10.0.0.1:1');
    resolver.unreachable('ipc:///a');
    expect(source.seen).toEqual([
      'reached ipc:///a',
      'reached tcp://a.test:1',
      'reached tcp://10.0.0.1:1',
      'unreachable ipc:///a',
    ]);
  });

  it('learns that a server is unreachable when it is at all addresses of its name', async () => {
    const { source, resolver } = await named(['tcp://a.test:1']);
    resolver.unreachable('tcp://10.0.0.1:1');
    resolver.unreachable('tcp://10.0.0.2:1');
    expect(source.seen).toEqual([]);
    resolver.unreachable('tcp://[fd00::2]:1');
    expect(source.seen).toEqual(['unreachable tcp://a.test:1']);
  });

  it('does not learn it while one of the addresses is reached', async () => {
    const { source, resolver } = await named(['tcp://a.test:1']);
    resolver.unreachable('tcp://10.0.0.1:1');
    resolver.unreachable('tcp://10.0.0.2:1');
    resolver.reached('tcp://10.0.0.1:1');
    resolver.unreachable('tcp://[fd00::2]:1');
    expect(source.seen).toEqual(['reached tcp://a.test:1']);
  });

  it.each(['family', 'one'] as const)(
    'learns it after all addresses had their turn where it is %s at a time',
    async (use) => {
      const { given, source, resolver } = await named(['tcp://a.test:1'], use);
      const tried = new Set<string>();
      while (source.seen.length === 0) {
        const [present = ''] = given.slice(-1);
        for (const address of present.split(' ')) {
          tried.add(address);
          resolver.unreachable(address);
        }
        await expect.poll(() => source.seen.length > 0 || given.at(-1) !== present).toBe(true);
      }
      expect(source.seen).toEqual(['unreachable tcp://a.test:1']);
      expect(tried.size).toBe(BOTH.length);
    },
  );
});

/** An IP address for each of {@link MANY}. */
function ipOf(name: string): string {
  const index = Number(/\d+/.exec(name)?.[0]);
  return `10.0.${Math.floor(index / 256)}.${index % 256}`;
}

/** A source that says what it has learnt. */
class Source implements Resolver {
  readonly seen: string[] = [];
  private changed: Parameters<Resolver['watch']>[0] | undefined;

  constructor(private readonly first: readonly string[]) {}

  watch(changed: Parameters<Resolver['watch']>[0]): () => void {
    this.changed = changed;
    this.give(...this.first);
    return () => undefined;
  }

  give(...addresses: string[]): void {
    this.changed?.(addresses.map((address) => ({ address })));
  }

  reached(address: string): void {
    this.seen.push(`reached ${address}`);
  }

  unreachable(address: string): void {
    this.seen.push(`unreachable ${address}`);
  }
}

/** A resolver that has found {@link BOTH} for the names of a source. */
async function named(addresses: readonly string[], use: NameResolverOptions['use'] = 'all') {
  const source = new Source(addresses);
  const watched = watch(source, () => Promise.resolve(BOTH), { interval: 0, use });
  await expect.poll(() => watched.given.at(-1)).toContain('10.0.0.2');
  return { ...watched, source };
}
