import { expect, it, onTestFinished } from 'vitest';
import { RemoteServer } from 'nestjs-remote';
import { firstValueFrom } from 'rxjs';
import { TcpProxy } from '../faults/tcp-proxy.js';
import { createClient } from '../support/nest.js';

/** More than the buffers of the system and of libzmq take: the rest waits in the client. */
const EVENTS = 100;
const CONTENT = Buffer.alloc(256 * 1024);

it('ends the events that wait when the link is lost while the client closes', async () => {
  const server = new RemoteServer({ bind: 'tcp://127.0.0.1:*' });
  await new Promise<void>((resolve) => server.listen(() => resolve()));
  onTestFinished(() => server.close());
  const cable = await TcpProxy.open();
  onTestFinished(() => cable.close());
  cable.leadTo(server.addresses[0] as string);
  const client = createClient({
    connect: cable.address,
    timeout: 0,
    socketOptions: { sendHighWaterMark: 1 },
  });
  await client.connect();
  cable.hold();
  const events = Array.from({ length: EVENTS }, () =>
    firstValueFrom(client.emit('stop', CONTENT), { defaultValue: undefined }).then(
      () => 'sent',
      ({ code }: { code: string }) => code,
    ),
  );
  const closed = client.close();
  cable.refuse();
  await closed;
  const ends = await Promise.all(events);
  expect(ends).toContain('CANCELLED');
  expect(ends.every((end) => end === 'sent' || end === 'CANCELLED')).toBe(true);
});
