import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern } from '@nestjs/microservices';
import { type RemoteClient, RemoteContext, RemoteRecordBuilder } from 'nestjs-remote';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { createClient, startService } from '../support/nest.js';

const seen: unknown[] = [];

@Controller()
class MetadataController {
  @MessagePattern('request')
  request(@Ctx() context: RemoteContext): string {
    seen.push(context.getMetadata());
    return 'answer';
  }

  @EventPattern('event')
  event(@Ctx() context: RemoteContext): void {
    seen.push(context.getMetadata());
  }
}

const RECORD = new RemoteRecordBuilder('data').setMetadata({ tenant: 'a' }).build();

/** Everything that asks for a request or an event. */
const REQUESTS: [name: string, ask: (client: RemoteClient) => Promise<unknown>][] = [
  ['send', (client) => firstValueFrom(client.send('request', 1))],
  ['call', (client) => client.call.request(1)],
  ['issueCall', (client) => client.issueCall('request', [1, 2])],
  ['emit', (client) => lastValueFrom(client.emit('event', 1), { defaultValue: undefined })],
  ['notify', (client) => client.notify.event(1, 2)],
];

const RECORDS: typeof REQUESTS = [
  ['a record of send', (client) => firstValueFrom(client.send('request', RECORD))],
  [
    'a record of emit',
    (client) => lastValueFrom(client.emit('event', RECORD), { defaultValue: undefined }),
  ],
  [
    'an option of issueCall',
    (client) => client.issueCall('request', [], { metadata: { tenant: 'a' } }),
  ],
  [
    'an option of an event',
    (client) => client.issueCall('event', [], { notification: true, metadata: { tenant: 'a' } }),
  ],
];

describe.each(['tcp://127.0.0.1:*', 'udp://127.0.0.1:*'])('over %s', (bind) => {
  let client: RemoteClient;

  beforeEach(async () => {
    seen.length = 0;
    const { address } = await startService({ controllers: [MetadataController] }, { bind });
    client = createClient(address);
  });

  test.each(REQUESTS)('what the dispatch hook of %s adds is getMetadata()', async (_, ask) => {
    client.setOnDispatchHook((packet) => {
      packet.metadata = { ...packet.metadata, traceparent: '00-1-2-03' };
    });
    await ask(client);
    await expect.poll(() => seen).toEqual([{ traceparent: '00-1-2-03' }]);
  });

  test.each(RECORDS)('the metadata of %s is getMetadata()', async (_, ask) => {
    await ask(client);
    await expect.poll(() => seen).toEqual([{ tenant: 'a' }]);
  });

  test.each(RECORDS)(
    'the dispatch hook sees the metadata of %s, and adds to it',
    async (_, ask) => {
      const before: unknown[] = [];
      client.setOnDispatchHook((packet) => {
        before.push({ ...packet.metadata });
        packet.metadata = { ...packet.metadata, traceparent: '00-1-2-03' };
      });
      await ask(client);
      await expect.poll(() => seen).toEqual([{ tenant: 'a', traceparent: '00-1-2-03' }]);
      expect(before).toEqual([{ tenant: 'a' }]);
    },
  );

  test.each(REQUESTS)('there is none where nobody has set any: %s', async (_, ask) => {
    await ask(client);
    await expect.poll(() => seen).toEqual([undefined]);
  });

  test('many calls at once keep theirs apart', async () => {
    await client.call.request();
    seen.length = 0;
    const texts = Array.from({ length: 50 }, (_, index) => `tenant ${index}`);
    await Promise.all(
      texts.map((tenant) => client.issueCall('request', [], { metadata: { tenant } })),
    );
    expect(seen).toEqual(texts.map((tenant) => ({ tenant })));
  });
});
