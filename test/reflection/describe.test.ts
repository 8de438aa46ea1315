import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { REMOTE_TRANSPORT, type MethodExtras } from 'nestjs-remote';
import { type Observable, of } from 'rxjs';
import { expect, it } from 'vitest';
import { createClient, startService } from '../support/nest.js';

@Controller()
class Service {
  @MessagePattern('sum', { description: 'adds numbers', version: '2' } satisfies MethodExtras)
  sum(): number {
    return 0;
  }

  @MessagePattern('add', REMOTE_TRANSPORT, {
    deprecated: 'use sum',
    arguments: [{ type: 'number' }, null],
  } satisfies MethodExtras)
  add(): number {
    return 0;
  }

  @MessagePattern('old', { deprecated: true })
  old(_data: unknown): void {}

  @MessagePattern('ticks', { stream: true })
  ticks(): Observable<number> {
    return of(1, 2);
  }

  @MessagePattern({ cmd: 'b', a: 1 })
  pattern(_data: unknown): void {}

  @EventPattern('log.*', { description: 'keeps a line' })
  log(_data: unknown): void {}

  @MessagePattern('foreign', { version: 3, deprecated: 1, topic: 'x', arguments: 'none' })
  foreign(_data: unknown): void {}
}

it('tells what is served, with what the handlers declare', async () => {
  const { address } = await startService(
    { controllers: [Service] },
    { bind: 'tcp://127.0.0.1:*', reflection: true },
  );
  expect(await createClient(address).issueCall('$/describe')).toEqual({
    methods: [
      {
        name: 'add',
        kind: 'request',
        deprecated: 'use sum',
        arguments: [{ type: 'number' }, null],
      },
      { name: 'foreign', kind: 'request' },
      { name: 'log.*', kind: 'event', description: 'keeps a line' },
      { name: 'old', kind: 'request', deprecated: true },
      { name: 'sum', kind: 'request', description: 'adds numbers', version: '2' },
      { name: 'ticks', kind: 'stream' },
      { name: '{"a":1,"cmd":"b"}', kind: 'request' },
    ],
  });
});
