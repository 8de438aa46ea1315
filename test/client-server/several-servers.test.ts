import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { expect, test } from 'vitest';
import { vacantAddress } from '../robustness/processes.js';
import { createClient, type RunningService, startService } from '../support/nest.js';

interface NumberedService extends RunningService {
  events: number;
}

async function startNumbered(number: number): Promise<NumberedService> {
  let events = 0;
  @Controller()
  class NumberedController {
    @MessagePattern('number')
    number(): number {
      return number;
    }

    @EventPattern('event')
    event(_data: unknown): void {
      events++;
    }
  }
  const service = await startService({ controllers: [NumberedController] });
  return {
    ...service,
    get events() {
      return events;
    },
  };
}

test('calls and events go to equal servers in turn', async () => {
  const services = [await startNumbered(0), await startNumbered(1), await startNumbered(2)];
  const client = createClient({ connect: services.map(({ address }) => address) });
  let links = 0;
  client.on('connect', () => links++);
  await client.connect();
  await expect.poll(() => links).toBe(3);
  const answers = await Promise.all(Array.from({ length: 9 }, () => client.call.number()));
  expect(answers.toSorted((one: number, two: number) => one - two)).toEqual([
    0, 0, 0, 1, 1, 1, 2, 2, 2,
  ]);
  expect(new Set(answers.slice(0, 3)).size).toBe(3);
  for (let n = 0; n < 6; n++) {
    client.emit('event', 1);
  }
  await expect.poll(() => services.map(({ events }) => events)).toEqual([2, 2, 2]);
});

test('unwrap() gives one socket for each address', async () => {
  const services = [await startNumbered(0), await startNumbered(1)];
  const client = createClient({ connect: services.map(({ address }) => address) });
  await client.connect();
  expect(client.unwrap<unknown[]>()).toHaveLength(2);
});

test('a server that is down is skipped', async () => {
  const up = await startNumbered(1);
  const client = createClient({ connect: [await vacantAddress(), up.address] });
  const answers = await Promise.all(Array.from({ length: 6 }, () => client.call.number()));
  expect(answers).toEqual([1, 1, 1, 1, 1, 1]);
});

test('when a server goes away the others take over', async () => {
  const [one, two] = [await startNumbered(1), await startNumbered(2)];
  const client = createClient({ connect: [one.address, two.address] });
  const states: string[] = [];
  client.on('connect', (address) => states.push(`up ${address}`));
  client.on('disconnect', (address) => states.push(`down ${address}`));
  await client.connect();
  await expect.poll(() => states).toHaveLength(2);
  await one.server.close();
  await expect.poll(() => states).toContain(`down ${one.address}`);
  expect(await Promise.all([client.call.number(), client.call.number()])).toEqual([2, 2]);
});

test('a server with several addresses responds on each of them', async () => {
  @Controller()
  class EchoController {
    @MessagePattern('echo')
    echo(data: unknown): unknown {
      return data;
    }
  }
  const { server } = await startService(
    { controllers: [EchoController] },
    { bind: ['tcp://127.0.0.1:*', 'tcp://127.0.0.1:*', 'inproc://several-addresses'] },
  );
  expect(server.addresses).toHaveLength(3);
  for (const address of server.addresses) {
    expect(await createClient(address).call.echo(address)).toBe(address);
  }
});
