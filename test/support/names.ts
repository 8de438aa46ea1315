import dns from 'node:dns/promises';
import { syncBuiltinESMExports } from 'node:module';
import { networkInterfaces } from 'node:os';
import { onTestFinished } from 'vitest';

/** Whether this machine has IPv6: the tests need two addresses of one machine. */
export const HAS_IPV6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

/** The IP addresses of names, which a test may change. `silent` names get no response. */
export type Names = Record<string, readonly string[] | 'silent' | undefined>;

/** Makes this process look names up in a table until the test has finished. Others are unknown. */
export function nameServer(names: Names): void {
  const { lookup } = dns;
  const unanswered: (() => void)[] = [];
  const found = (name: string): Promise<unknown> => {
    const ips = names[name];
    if (ips === 'silent') {
      return new Promise((_, reject) => unanswered.push(() => reject(new Error('silent'))));
    }
    return ips
      ? Promise.resolve(ips.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })))
      : Promise.reject(Object.assign(new Error(`no name ${name}`), { code: 'ENOTFOUND' }));
  };
  replace(found as typeof lookup);
  onTestFinished(() => {
    replace(lookup);
    unanswered.forEach((giveUp) => giveUp());
  });
}

function replace(lookup: typeof dns.lookup): void {
  dns.lookup = lookup;
  syncBuiltinESMExports();
}
