import { type Scheme, parseAddress } from './address.js';
import { isLoopback } from './loopback.js';
import type { SecurityOption } from './security.js';
import { securingOption } from './security-option.js';

/** What a stranger can do, and what to do about it, by the kind of address. */
const EXPOSED: Partial<Record<Scheme, { readonly harm: string; readonly remedy: string }>> = {
  tcp: {
    harm: 'can use it, take the place of another peer, and fill the memory of this process',
    remedy: 'security: curveServer({ secretKey, allow })',
  },
  udp: {
    harm: 'can use it, under the address of another host too',
    remedy: 'security: udpKey({ id, key })',
  },
};

/** What may protect a bound address. */
interface Protection {
  security?: SecurityOption | undefined;
  socketOptions: Readonly<Record<string, unknown>>;
}

/**
 * What to warn of: addresses that other hosts can reach, and that nothing protects.
 *
 * @param addresses to which something is bound
 * @returns one warning for each kind of address
 */
export function exposureWarnings(
  addresses: readonly string[],
  { security, socketOptions }: Protection,
): string[] {
  if (security !== undefined || securingOption(socketOptions) !== undefined) {
    return [];
  }
  return Object.entries(EXPOSED).flatMap(([scheme, { harm, remedy }]) => {
    const exposed = addresses.filter((address) => isExposed(address, scheme));
    return exposed.length === 0
      ? []
      : [
          `${exposed.join(', ')} is open: without a key, whoever can reach it ${harm}. Give ${remedy}, ` +
            "listen on 127.0.0.1, or say security: 'none' if you trust the network (docs/security.md)",
        ];
  });
}

function isExposed(address: string, scheme: string): boolean {
  const { scheme: own, host } = parseAddress(address);
  return own === scheme && !isLoopback(host);
}
