import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { expect, test } from 'vitest';
import { RemoteContext } from 'nestjs-remote';
import { createClient, startService } from '../support/nest.js';

@Controller()
class DispatchController {
  @MessagePattern({ b: 2, a: { d: 4, c: 3 } })
  object(@Payload() data: unknown, @Ctx() context: RemoteContext): unknown {
    return [context.getPattern(), data];
  }

  @MessagePattern('echo')
  echo(@Payload() data: unknown): unknown {
    return data;
  }
}

test.each([
  '{"a":{"c":3,"d":4},"b":2}',
  '{"b":2,"a":{"d":4,"c":3}}',
  '{ "b": 2, "a": {"d":4,"c":3} }',
])("the text %s finds the object's handler: the keys need not be sorted", async (method) => {
  const { address } = await startService({ controllers: [DispatchController] });
  expect(await createClient(address).issueCall(method, [5])).toEqual([method, 5]);
});

test.each(['{"b":2', '{', '{}', '{"a":'.repeat(500), '[1]', 'null'])(
  'the text %s finds nothing and breaks nothing',
  async (method) => {
    const { address } = await startService({ controllers: [DispatchController] });
    const client = createClient(address);
    await expect(client.issueCall(method)).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
    expect(await client.call.echo(1)).toBe(1);
  },
);

test('inproc:// joins a client and a server of one process', async () => {
  await startService({ controllers: [DispatchController] }, { bind: 'inproc://dispatch' });
  const client = createClient('inproc://dispatch');
  await client.connect();
  expect(await client.call.echo({ a: [1] })).toEqual({ a: [1] });
});

test('an inproc:// client may start before its server', async () => {
  const answer = createClient('inproc://later').call.echo(1);
  await startService({ controllers: [DispatchController] }, { bind: 'inproc://later' });
  expect(await answer).toBe(1);
});
