import { setImmediate } from 'node:timers/promises';
import { Router } from 'nestjs-remote';
import { Dealer } from 'zeromq';

/** How much passed through a router from one peer to another in a second. */
export interface RouterThroughput {
  /** Envelopes packed into one payload. */
  packed: number;
  messagesPerSecond: number;
  envelopesPerSecond: number;
}

/** `[0, 7, "add", [1, 2]]` with an empty header, as 50 of them travel in one payload. */
const ENVELOPE = Buffer.from('84000763616464820102a0', 'hex');

const PACKED = [1, 8, 32, 128];

/** Measures a router with payloads of one envelope up to many. */
export async function measureRouters(duration: number): Promise<RouterThroughput[]> {
  const measured: RouterThroughput[] = [];
  for (const packed of PACKED) {
    measured.push(await measureRouter(packed, duration));
  }
  return measured;
}

/**
 * Measures a router between two raw sockets: what it costs to pass payloads on, and what packing
 * many envelopes into one payload is worth, since a router pays per message.
 *
 * @param duration milliseconds per measurement
 */
async function measureRouter(packed: number, duration: number): Promise<RouterThroughput> {
  const router = await Router.bind({
    frontend: 'tcp://127.0.0.1:*',
    backend: 'tcp://127.0.0.1:*',
    logger: false,
  });
  const client = new Dealer({ routingId: 'client', linger: 0 });
  const service = new Dealer({ routingId: 'service', linger: 0, probeRouter: true });
  client.connect(router.addresses.frontend[0] ?? '');
  service.connect(router.addresses.backend[0] ?? '');
  const payload = Buffer.concat(Array.from({ length: packed }, () => ENVELOPE));

  const run = { isOn: true };
  const send = async (): Promise<void> => {
    for (let sent = 1; run.isOn; sent++) {
      await client.send(['service', payload]);
      if (sent % 256 === 0) {
        // The router lives on this event loop too.
        await setImmediate();
      }
    }
  };
  const sending = send();
  await service.receive();
  const startedAt = performance.now();
  let received = 0;
  while (performance.now() - startedAt < duration) {
    await service.receive();
    received++;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  run.isOn = false;
  await sending;
  client.close();
  service.close();
  await router.close();
  const messagesPerSecond = Math.round(received / seconds);
  return { packed, messagesPerSecond, envelopesPerSecond: messagesPerSecond * packed };
}
