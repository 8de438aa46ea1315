import { describe, expect, it } from 'vitest';
import { Dice } from '../fuzz/dice.js';
import { echo, listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';
import { expectToldError } from './endings.js';
import { ARRIVES, type Fate, LOST, OVERTAKEN, TWICE, UdpProxy } from './udp-proxy.js';

/** It refuses no call on a busy machine: what is tested is what becomes of datagrams. */
const OPTIONS = { bind: 'udp://127.0.0.1:*', maxLoopDelay: 0 };

const NUMBERS = Array.from({ length: 50 }, (_, index) => index);

/** Datagrams that have one of these fates by chance, the same in every run. */
function byChance(...fates: Fate[]): () => Fate {
  const dice = new Dice(1);
  return () => dice.oneOf(fates);
}

const FAULTS: Readonly<Record<string, () => Fate>> = {
  'are lost': byChance(ARRIVES, ARRIVES, LOST),
  'arrive twice': byChance(TWICE),
  'overtake each other': byChance(OVERTAKEN, ARRIVES),
  'suffer all of it': byChance(ARRIVES, OVERTAKEN, TWICE, LOST, ARRIVES),
};

describe.each(Object.entries(FAULTS))('where datagrams %s', (_, fate) => {
  it('each call ends with its own value or an error that says why, each exactly once', async () => {
    const { address } = await listen({ requests: { echo } }, OPTIONS);
    const proxy = await UdpProxy.open(address);
    proxy.fate = fate;
    const client = createClient({ connect: proxy.address, timeout: 300 });

    const endings = await Promise.allSettled(NUMBERS.map((number) => client.call.echo(number)));
    endings.forEach((ending, number) => {
      if (ending.status === 'fulfilled') {
        expect(ending.value).toBe(number);
      } else {
        expectToldError(ending.reason);
      }
    });
  });

  it('each call that is repeated gets its value', async () => {
    const { address } = await listen({ requests: { echo } }, OPTIONS);
    const proxy = await UdpProxy.open(address);
    proxy.fate = fate;
    const client = createClient({ connect: proxy.address, timeout: 300 });
    for (const number of NUMBERS.slice(0, 10)) {
      expect(await client.issueCall('echo', [number], { retries: 20 })).toBe(number);
    }
  });
});
