import type { RemoteClient } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { callsHeld } from '../robustness/inside.js';
import { type Ending, emittedBy, endingOf, expectPromised } from './endings.js';
import { COUNT, PLACES, openSite } from './site.js';
import type { TcpProxy } from './tcp-proxy.js';

/** What happens to a cable while calls are under way. All of them have a network's own end or none. */
const FAULTS: Readonly<Record<string, (proxy: TcpProxy) => void>> = {
  'is cut': (proxy) => proxy.cut(),
  'is reset': (proxy) => proxy.reset(),
  'is reset again and again': (proxy) => proxy.resetStorm(5),
  stalls: (proxy) => proxy.hold(),
  'is half-open': (proxy) => proxy.sever(),
  drips: (proxy) => proxy.drip(7),
  delays: (proxy) => proxy.delay(20),
};

/** Calls, a stream and events, all at once. */
function work(client: RemoteClient): { endings: Promise<Ending>[]; expected: unknown[][] } {
  const numbers = [1, 2, 3, 4, 5];
  return {
    endings: [
      ...numbers.map((number) => endingOf(client, 'echo', number)),
      endingOf(client, 'count', 'values'),
      ...numbers.map((number) => emittedBy(client, 'note', number)),
    ],
    expected: [...numbers.map((number) => [number]), [...COUNT], ...numbers.map(() => [])],
  };
}

describe.each(PLACES)('where the cable %s', (place) => {
  it.each(Object.entries(FAULTS))(
    '%s, all ends with its value or an error that says why, and works again afterwards',
    async (_, fault) => {
      const { client, proxy, noted } = await openSite(place);
      await expect.poll(() => client.call['echo']('up').catch(() => undefined)).toBe('up');

      const before = work(client);
      await expect.poll(() => noted.length).toBeGreaterThan(0);
      fault(proxy);
      const during = work(client);
      const endings = await Promise.all([...before.endings, ...during.endings]);
      const expected = [...before.expected, ...during.expected];
      endings.forEach((ending, index) => expectPromised(ending, expected[index] ?? []));
      expect(callsHeld(client)).toBe(0);

      proxy.heal();
      if (place === 'router ─ service') {
        // A service that does nothing notices by TCP's keep-alive alone, which the proxy answers.
        proxy.cut();
      }
      await expect.poll(() => client.call['echo']('again').catch(() => undefined)).toBe('again');
      expect(await endingOf(client, 'count', 'values')).toEqual({ values: COUNT });
      expect(noted.length).toBeLessThanOrEqual(10);
    },
  );
});
