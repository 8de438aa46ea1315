import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern } from '@nestjs/microservices';
import { Arg, type RemoteCallError, RemoteClient, RemoteServer, Router } from 'nestjs-remote';
import { NO_PYTHON, startPython } from '../support/python.js';
import { finish, step, write } from '../support/report.js';

@Controller()
class GreetingController {
  @MessagePattern('greet')
  greet(@Arg(0) name: string): string {
    return `hello ${name}, this is Nest`;
  }
}

@Module({ controllers: [GreetingController] })
class GreetingModule {}

const router = await Router.bind({
  frontend: 'tcp://127.0.0.1:*',
  backend: 'tcp://127.0.0.1:*',
  logger: false,
});
const [frontend = ''] = router.addresses.frontend;
const [backend = ''] = router.addresses.backend;
write(`The router takes clients at ${frontend} and services at ${backend}`);

const service = await NestFactory.createMicroservice(GreetingModule, {
  strategy: new RemoteServer({ connect: backend, identity: 'nest' }),
  logger: ['error', 'warn'],
});
await service.listen();

const client = new RemoteClient({ connect: frontend });
await client.connect();

/** A service is reachable a moment after its start. Until then the router returns calls at once. */
async function ready(address: string): Promise<void> {
  const isHere = await client.issueCall('greet', ['you'], { address }).then(
    () => true,
    ({ code }: RemoteCallError) => code !== 'UNAVAILABLE',
  );
  if (!isHere) {
    await ready(address);
  }
}

write('\nThe Nest service');
await ready('nest');
await step(
  "greet('Ada') at nest",
  () => client.issueCall('greet', ['Ada'], { address: 'nest' }),
  'hello Ada, this is Nest',
);

write('\nThe Python service');
const python = startPython('02-router/service.py', backend);
if (python) {
  await ready('python');
  await step(
    "greet('Ada') at python",
    () => client.issueCall('greet', ['Ada'], { address: 'python' }),
    'hello Ada, this is Python',
  );
  await step(
    'power(2n, 100) at python, an integer beyond 64 bits',
    () => client.issueCall('power', [2n, 100], { address: 'python' }),
    2n ** 100n,
  );
} else {
  write(NO_PYTHON);
}

write('\nNobody');
await step(
  "greet('Ada') at nobody, which the router gives back",
  () =>
    client
      .issueCall('greet', ['Ada'], { address: 'nobody' })
      .catch(({ origin, code }: RemoteCallError) => `${origin}: ${code}`),
  'local: UNAVAILABLE',
);

python?.process.kill();
await client.close();
await service.close();
await router.close();
finish();
