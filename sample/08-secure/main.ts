import 'reflect-metadata';
import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientsModule } from '@nestjs/microservices';
import {
  RemoteCallError,
  RemoteClient,
  RemoteServer,
  curveClient,
  curveServer,
  remoteClient,
} from 'nestjs-remote';
import { setTimeout } from 'node:timers/promises';
import { check, finish, step, write } from '../support/report.js';
import { BankController } from './bank.controller.js';
import { KeyFolder } from './key-folder.js';
import { type Bank, type Shop, ShopController } from './shop.controller.js';

const keys = await KeyFolder.create();
const bankKey = await keys.generate('bank');
const shopKey = await keys.generate('shop');
const adaKey = await keys.generate('ada');
const eveKey = await keys.generate('eve');
await keys.allow('bank.txt', { [shopKey]: 'shop', [adaKey]: 'ada' });
await keys.allow('shop.txt', { [adaKey]: 'ada' });

@Module({ controllers: [BankController] })
class BankModule {}

const bank = await start(BankModule, 'bank');
write(`The bank listens on ${bank.address}`);

@Module({
  imports: [
    ClientsModule.register([
      remoteClient({ name: 'BANK', connect: bank.address, security: secured('shop', bankKey) }),
    ]),
  ],
  controllers: [ShopController],
})
class ShopModule {}

const shop = await start(ShopModule, 'shop');
write(`The shop listens on ${shop.address}`);

write('\nAda, whom both know');
const adaAtShop = connect<Shop>(shop.address, 'ada', shopKey);
const adaAtBank = connect<Bank>(bank.address, 'ada', bankKey);
await step('balance() at the bank', () => adaAtBank.call.balance(), 100);
await step(
  "buy('tea') at the shop, which calls the bank",
  () => adaAtShop.call.buy('tea'),
  'tea for ada, who has 70 left',
);
await step(
  "charge('shop', 5) at the bank, which only the shop may call",
  () => adaAtBank.call.charge('shop', 5).catch(describeError),
  'remote: PERMISSION_DENIED',
);

write('\nEve, whom nobody knows');
const eve = connect<Bank>(bank.address, 'eve', bankKey);
await step('balance()', () => eve.call.balance().catch(describeError), 'local: UNAUTHENTICATED');

write('\nA server with another key');
const misled = connect<Bank>(bank.address, 'ada', eveKey);
await step(
  'balance(), at a bank that is not the one it seems',
  () => misled.call.balance().catch(describeError),
  'local: UNAUTHENTICATED',
);

write('\nA new key for Ada: first both are allowed, then the new one alone');
const newKey = await keys.generate('ada-new');
await keys.allow('bank.txt', {
  [shopKey]: 'shop',
  [adaKey]: 'ada',
  [newKey]: 'ada',
});
const renewed = connect<Bank>(bank.address, 'ada-new', bankKey);
await step('balance() with the new key', () => untilAllowed(renewed), 70);
await step('balance() with the old key', () => adaAtBank.call.balance(), 70);

const lost = new Promise<string>((resolve) => adaAtBank.on('disconnect', resolve));
await keys.allow('bank.txt', { [shopKey]: 'shop', [newKey]: 'ada' });
check('the link of the old key ends', await lost, bank.address);
await step(
  'balance() with the old key',
  () => adaAtBank.call.balance().catch(describeError),
  'local: UNAUTHENTICATED',
);
await step('balance() with the new key', () => renewed.call.balance(), 70);

await Promise.all([adaAtShop, adaAtBank, eve, misled, renewed].map((client) => client.close()));
await shop.close();
await bank.close();
await keys.remove();
finish();

/** Starts a service with the keys of its name, for the peers in its file. */
async function start(
  module: Type,
  name: string,
): Promise<{ address: string; close: () => Promise<void> }> {
  const server = new RemoteServer({
    bind: 'tcp://127.0.0.1:*',
    security: curveServer({
      secretKey: { file: keys.file(`${name}.key`) },
      allow: { file: keys.file(`${name}.txt`) },
    }),
  });
  // Strangers are reported, which is as it should be here.
  server.on('error', () => undefined);
  const service = await NestFactory.createMicroservice(module, { strategy: server, logger: false });
  await service.listen();
  const [address = ''] = server.addresses;
  return { address, close: () => service.close() };
}

/** The security of a client with the keys of this name, for a server with this key. */
function secured(name: string, serverKey: string): ReturnType<typeof curveClient> {
  return curveClient({
    serverKey,
    secretKey: { file: keys.file(`${name}.key`) },
  });
}

function connect<Methods>(address: string, name: string, serverKey: string): RemoteClient<Methods> {
  const client = new RemoteClient<Methods>({
    connect: address,
    security: secured(name, serverKey),
  });
  // One that is refused goes on trying, and says so.
  client.on('error', () => undefined);
  return client;
}

/** The balance, once the bank has read that this client is allowed. */
async function untilAllowed(client: RemoteClient<Bank>): Promise<number> {
  for (;;) {
    try {
      return await client.call.balance();
    } catch (error) {
      if (!(error instanceof RemoteCallError) || error.code !== 'UNAUTHENTICATED') {
        throw error;
      }
      await setTimeout(50);
    }
  }
}

function describeError({ origin, code }: RemoteCallError): string {
  return `${origin}: ${code}`;
}
