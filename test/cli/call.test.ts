import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { Args, RemoteContext } from 'nestjs-remote';
import { type Observable, concat, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { startRouter } from '../router/peers.js';
import { createClient, startService } from '../support/nest.js';
import { run, runListening } from './running-command.js';

@Controller()
class Service {
  private calls = 0;

  @MessagePattern('add')
  add(@Args() [a, b]: number[]): number {
    return (a ?? 0) + (b ?? 0);
  }

  @MessagePattern('types')
  types(@Args() args: unknown[]): string[] {
    return args.map((argument) => (argument === null ? 'null' : typeof argument));
  }

  @MessagePattern('count')
  count(): number {
    return ++this.calls;
  }

  @MessagePattern('nothing')
  nothing(): void {}

  @MessagePattern('values')
  values(): unknown {
    return {
      bytes: Buffer.from('hi'),
      map: new Map([[1, 'one']]),
      set: new Set([1]),
      large: 2n ** 60n,
    };
  }

  @MessagePattern('tenant')
  tenant(@Ctx() context: RemoteContext): unknown {
    return context.getMetadata();
  }

  @MessagePattern('ticks')
  ticks(@Payload() failing?: boolean): Observable<number> {
    return failing
      ? concat(
          of(1),
          throwError(() => new RpcException({ message: 'no more', left: 2 })),
        )
      : of(1, 2, 3);
  }

  @MessagePattern('refuse')
  refuse(): never {
    throw new RpcException({ message: 'not today', why: { day: 'Sunday' } });
  }

  @MessagePattern('colour')
  colour(): never {
    throw new RpcException('\u001B[31mred');
  }
}

async function start(bind = 'tcp://127.0.0.1:*'): Promise<string> {
  const { address } = await startService({ controllers: [Service] }, { bind });
  return address;
}

describe('call', () => {
  it.each(['tcp://127.0.0.1:*', 'udp://127.0.0.1:*'])(
    'prints the result and the time that it took: %s',
    async (bind) => {
      const { code, stdout, stderr } = await run('call', await start(bind), 'add', '1', '-2');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^-1 {2}\([\d.]+ ms\)\n$/);
    },
  );

  it('takes an argument as JSON where it is some, else as text', async () => {
    const args = ['1', '"1"', '{"a": 1}', 'true', 'null', 'a b', '{a}', ''];
    const { stdout } = await run('call', await start(), 'types', ...args, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      result: ['number', 'string', 'object', 'boolean', 'null', 'string', 'string', 'string'],
    });
  });

  it('takes what begins with a dash after --', async () => {
    const { stdout } = await run('call', await start(), 'types', '--', '--json', '-t');
    expect(stdout).toContain("[ 'string', 'string' ]");
  });

  it('prints JSON for programs with --json', async () => {
    const { stdout } = await run('call', await start(), 'values', '--json');
    expect(JSON.parse(stdout)).toEqual({
      result: { bytes: 'aGk=', map: [[1, 'one']], set: [1], large: '1152921504606846976' },
      milliseconds: expect.any(Number) as number,
    });
  });

  it('prints null for no result with --json', async () => {
    const { stdout } = await run('call', await start(), 'nothing', '--json');
    expect(JSON.parse(stdout)).toHaveProperty('result', null);
  });

  it('calls as often as --repeat says, with a line for each', async () => {
    const { stdout } = await run('call', await start(), 'count', '--repeat', '3');
    expect(stdout).toMatch(/^1 {2}\(.* ms\)\n2 {2}\(.* ms\)\n3 {2}\(.* ms\)\n$/);
  });

  it('sends the texts of --metadata beside the arguments', async () => {
    const pairs = ['--metadata', 'tenant=a', '-m', 'formula=1+1=2'];
    const { stdout } = await run('call', await start(), 'tenant', ...pairs, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ result: { tenant: 'a', formula: '1+1=2' } });
  });

  it('names the service behind a router by --address', async () => {
    const { frontend, backend } = await startRouter();
    await startService({ controllers: [Service] }, { connect: backend, identity: 'calculator' });
    // The first calls may come before the service has greeted the router.
    const client = createClient({ connect: frontend, address: 'calculator' });
    await expect
      .poll(() => client.call.add(1, 2).catch(() => undefined), { timeout: 20_000 })
      .toBe(3);
    const call = ['call', frontend, 'add', '1', '2', '--address', 'calculator'];
    expect((await run(...call)).stdout).toMatch(/^3 {2}/);
  });
});

describe('call --stream', () => {
  it('prints the values as they come, a line per value', async () => {
    const { address } = await runListening('serve-echo', 'tcp://127.0.0.1:*');
    expect(await run('call', address, 'count', '3', '--stream')).toEqual({
      code: 0,
      stdout: '1\n2\n3\n',
      stderr: '',
    });
  });

  it('prints JSON for programs with --json, and the error behind the values', async () => {
    const { code, stdout, stderr } = await run('call', await start(), 'ticks', 'true', '-sj');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { value: 1 },
      { error: { origin: 'remote', code: 'UNKNOWN', message: 'no more', context: { left: 2 } } },
    ]);
  });

  it('sends the metadata', async () => {
    const { stdout } = await run('call', await start(), 'tenant', '-s', '-m', 'tenant=a');
    expect(stdout).toBe("{ tenant: 'a' }\n");
  });
});

describe('call, of a method that fails,', () => {
  it('writes the error as JSON to the standard output with --json', async () => {
    const { code, stdout, stderr } = await run('call', await start(), 'refuse', '--json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      error: {
        origin: 'remote',
        code: 'UNKNOWN',
        message: 'not today',
        context: { why: { day: 'Sunday' } },
      },
    });
  });

  it('writes the error with its context to the standard error and exits with 1', async () => {
    expect(await run('call', await start(), 'refuse')).toEqual({
      code: 1,
      stdout: '',
      stderr: "remote error, UNKNOWN: not today { why: { day: 'Sunday' } }\n",
    });
  });

  it('says so of a method that is not there', async () => {
    const { code, stderr } = await run('call', await start(), 'subtract');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^remote error, UNIMPLEMENTED: There is no .* \{ method: 'subtract' \}$/m,
    );
  });

  it('keeps what the service wrote from steering the terminal', async () => {
    const { stderr } = await run('call', await start(), 'colour');
    expect(stderr).toContain(String.raw`\x1B[31mred`);
  });
});
