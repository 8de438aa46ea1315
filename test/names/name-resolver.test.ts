import { describe, expect, it, onTestFinished } from 'vitest';
import type { RemoteCallError } from '../../lib/errors/remote-call.error.js';
import { NameResolver, type NameResolverOptions } from '../../lib/discovery/names/name-resolver.js';
import { StaticResolver } from '../../lib/discovery/resolver.js';

const BOTH = ['10.0.0.2', 'fd00::2', '10.0.0.1'];

/** What a resolver gives from first to last, each as one text. */
function watch(
  addresses: readonly string[],
  lookup: NonNullable<NameResolverOptions['lookup']>,
  options: Partial<NameResolverOptions> = {},
): { given: string[]; errors: RemoteCallError[]; resolver: NameResolver; end: () => void } {
  const given: string[] = [];
  const errors: RemoteCallError[] = [];
  const failed = (error: RemoteCallError): void => void errors.push(error);
  const resolver = new NameResolver(new StaticResolver(addresses), {
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
    await new Promise((resolve) => setImmediate(resolve));
    expect(given).toEqual(['']);
  });
});
