import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createClient, startService } from '../support/nest.js';

@Controller()
class EchoController {
  @MessagePattern('echo')
  echo(@Payload() value: unknown): unknown {
    return value;
  }
}

describe('a value that goes to a Nest handler and back', () => {
  it.each([
    ['an integer beyond 2^53', 2n ** 53n + 1n],
    ['an integer beyond 64 bits', -(2n ** 100n)],
    [
      'a map with number keys',
      new Map([
        [1, 'one'],
        [2, 'two'],
      ]),
    ],
    ['dates within arrays within objects', { on: [{ date: new Date(1_700_000_000_123) }] }],
    ['a set', new Set([1, 'two', 3.5])],
    ['negative zero, infinities and no number', [-0, Infinity, -Infinity, NaN]],
    [
      'all of them at once',
      { id: 2n ** 60n, seen: new Set([new Date(0)]), by: new Map([[7, Buffer.from('x')]]) },
    ],
  ])('is equal afterwards: %s', async (_name, value) => {
    const { address } = await startService({ controllers: [EchoController] });
    expect(await createClient(address).call.echo(value)).toEqual(value);
  });

  it('is a Buffer again, of 8 MiB', async () => {
    const { address } = await startService({ controllers: [EchoController] });
    const bytes = randomBytes(8 * 1024 * 1024);
    const answer: unknown = await createClient(address).call.echo(bytes);
    expect(answer).toBeInstanceOf(Buffer);
    expect(bytes.equals(answer as Buffer)).toBe(true);
  });

  it('loses its undefined members and nothing else', async () => {
    const { address } = await startService({ controllers: [EchoController] });
    const answer: unknown = await createClient(address).call.echo({ kept: null, left: undefined });
    expect(answer).toStrictEqual({ kept: null });
  });
});
