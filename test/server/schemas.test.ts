import { Controller, type PipeTransform } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { Arg, Args, SchemaPipe, type StandardSchema } from 'nestjs-remote';
import { expect, it } from 'vitest';
import { createClient, startService } from '../support/nest.js';

/** A schema without a library: texts of digits become numbers, after a while. */
const digits: StandardSchema<string, number> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async (value) =>
      typeof value === 'string' && /^\d+$/.test(value)
        ? { value: Number(value) }
        : { issues: [{ message: 'no digits', path: ['a', { key: 0 }, Symbol('b')] }] },
  },
};

const manyIssues: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => ({
      issues: (value as unknown[]).map((item) => ({ message: `wrong ${String(item)}` })),
    }),
  },
};

/** A pipe of a user, which happens to have a schema. */
class OwnPipe implements PipeTransform {
  constructor(readonly schema: unknown) {}

  transform(value: unknown): unknown {
    return [value, this.schema];
  }
}

@Controller()
class DigitsController {
  @MessagePattern('double')
  double(@Arg(0, { schema: digits }) number: number, @Arg(1) times: number): number {
    return number * times;
  }

  @MessagePattern('payload')
  payload(@Payload(new SchemaPipe(digits)) number: number): number {
    return number + 1;
  }

  @MessagePattern('own')
  own(@Arg(0, new OwnPipe('mine')) value: unknown): unknown {
    return value;
  }

  @MessagePattern('list')
  list(@Args({ schema: manyIssues }) numbers: unknown): unknown {
    return numbers;
  }
}

const startClient = async () =>
  createClient((await startService({ controllers: [DigitsController] })).address);

it('an argument becomes what its schema makes of it', async () => {
  const client = await startClient();
  expect(await client.call.double('21', 2)).toBe(42);
  expect(await client.call.payload('41')).toBe(42);
});

it('an argument that its schema refuses ends the call with the issues', async () => {
  const client = await startClient();
  await expect(client.call.double('twenty', 2)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: 'argument 0 is not valid: a.0.Symbol(b): no digits',
    context: { issues: [{ message: 'no digits', path: ['a', 0, 'Symbol(b)'] }] },
  });
  await expect(client.call.payload(41)).rejects.toThrow('payload is not valid');
});

it('a pipe that has a schema stays a pipe', async () => {
  expect(await (await startClient()).call.own(1)).toEqual([1, 'mine']);
});

it('a caller is told of twenty issues at most', async () => {
  const client = await startClient();
  const error = await client.issueCall('list', Array.from({ length: 100 }).fill(0)).then(
    () => undefined,
    (reason: { context: { issues: unknown[] } }) => reason,
  );
  expect(error?.context.issues).toHaveLength(20);
});

it('what is no schema is refused when the class is made', () => {
  const wrong = { schema: {} } as Parameters<typeof Arg>[1];
  expect(() => Arg(0, wrong)).toThrow('option schema');
});
