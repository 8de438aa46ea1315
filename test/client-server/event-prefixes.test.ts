import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { beforeEach, expect, test } from 'vitest';
import { type RemoteClient } from 'nestjs-remote';
import { createClient, startService } from '../support/nest.js';

const seen: string[] = [];

@Controller()
class PrefixController {
  @EventPattern('a*')
  short(_data: unknown): void {
    seen.push('a*');
  }

  @EventPattern('a.b*')
  long(_data: unknown): void {
    seen.push('a.b*');
  }

  @EventPattern('a.b.c')
  exact(_data: unknown): void {
    seen.push('a.b.c');
  }

  @MessagePattern('m*')
  request(): string {
    return 'm*';
  }
}

let client: RemoteClient;

beforeEach(async () => {
  seen.length = 0;
  const { address } = await startService({ controllers: [PrefixController] });
  client = createClient(address);
});

test.each([
  ['a.b.c', 'a.b.c'],
  ['a.b.d', 'a.b*'],
  ['a.b', 'a.b*'],
  ['a.x', 'a*'],
  ['a', 'a*'],
])(
  'the event %s goes to %s: the exact name first, then the longest prefix',
  async (name, taken) => {
    await client.issueCall(name, [], { notification: true });
    await expect.poll(() => seen).toEqual([taken]);
  },
);

test('a prefix never takes a request', async () => {
  await expect(client.call['m1']()).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
  await expect(client.call['a1']()).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
  expect(await client.call['m*']()).toBe('m*');
});
