import { Controller, ParseIntPipe, ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { IsInt } from 'class-validator';
import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Arg, Args, type RemoteClient, RemoteContext, RemoteRecordBuilder } from 'nestjs-remote';
import { createClient, startService } from '../support/nest.js';

class Count {
  @IsInt() count!: number;
}

@Controller()
class ArgumentsController {
  @MessagePattern('payload')
  payload(@Payload() data: unknown): unknown {
    return { data };
  }

  @MessagePattern('arguments')
  arguments(@Ctx() context: RemoteContext): unknown {
    return context.getCallArguments();
  }

  @MessagePattern('add')
  add(@Arg(0) a: number, @Arg(1) b: number): number {
    return a + b;
  }

  @MessagePattern('second')
  second(@Arg(1) second: unknown): unknown {
    return { second };
  }

  @MessagePattern('sum')
  sum(@Args() numbers: number[]): number {
    return numbers.reduce((sum, n) => sum + n, 0);
  }

  @MessagePattern('piped')
  piped(@Arg(0, ParseIntPipe) n: number): unknown {
    return n;
  }

  @MessagePattern('counted')
  counted(@Arg(0) { count }: Count): unknown {
    return count;
  }

  @MessagePattern('counted payload')
  countedPayload(@Payload() { count }: Count): unknown {
    return count;
  }
}

async function start(pipe?: ValidationPipe): Promise<RemoteClient> {
  const { address } = await startService({
    controllers: [ArgumentsController],
    providers: pipe ? [{ provide: APP_PIPE, useValue: pipe }] : [],
  });
  return createClient(address);
}

describe('@Payload()', () => {
  test.each([
    [[], undefined],
    [[7], 7],
    [[[1, 2]], [1, 2]],
    [
      [1, 2],
      [1, 2],
    ],
    [[null], null],
  ])('of the arguments %j is %j', async (args, data) => {
    const client = await start();
    expect(await client.issueCall('payload', args)).toEqual(data === undefined ? {} : { data });
  });

  test("is send's data, and send's data is the only argument", async () => {
    const client = await start();
    expect(await firstValueFrom(client.send('payload', [1, 2]))).toEqual({ data: [1, 2] });
    expect(await firstValueFrom(client.send('arguments', [1, 2]))).toEqual([[1, 2]]);
  });
});

describe('@Arg() and @Args()', () => {
  test('@Arg(n) is the argument in place n', async () => {
    const client = await start();
    expect(await client.call.add(1, 2)).toBe(3);
  });

  test('@Arg(n) is undefined where there are fewer arguments', async () => {
    const client = await start();
    expect(await client.call.second(1)).toEqual({});
  });

  test('@Arg(n) does not look into a single argument that is an array', async () => {
    const client = await start();
    expect(await firstValueFrom(client.send('second', [1, 2]))).toEqual({});
  });

  test('@Args() is every argument, as many as there are', async () => {
    const client = await start();
    expect(await client.call.sum(1, 2, 3)).toBe(6);
    expect(await client.call.sum()).toBe(0);
  });

  test('pipes of @Arg run', async () => {
    const client = await start();
    expect(await client.call.piped('12')).toBe(12);
    await expect(client.call.piped('no number')).rejects.toMatchObject({ origin: 'remote' });
  });

  test('fromArguments gives send positional arguments', async () => {
    const client = await start();
    const record = RemoteRecordBuilder.fromArguments(1, 2).build();
    expect(await firstValueFrom(client.send('add', record))).toBe(3);
  });
});

describe('ValidationPipe', () => {
  const invalid = { count: 'many' };

  test('validates @Payload()', async () => {
    const client = await start(new ValidationPipe());
    await expect(client.call['counted payload'](invalid)).rejects.toMatchObject({
      origin: 'remote',
    });
  });

  test('skips @Arg, as every custom decorator', async () => {
    const client = await start(new ValidationPipe());
    expect(await client.call.counted(invalid)).toBe('many');
  });

  test('validates @Arg with validateCustomDecorators: true', async () => {
    const client = await start(new ValidationPipe({ validateCustomDecorators: true }));
    await expect(client.call.counted(invalid)).rejects.toMatchObject({ origin: 'remote' });
    expect(await client.call.counted({ count: 3 })).toBe(3);
  });
});
