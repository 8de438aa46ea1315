import { expect, it } from 'vitest';
import { type IdentityOwner, IdentityOwners } from '../../../lib/nodes/zmtp/identity-owners.js';

const me = Buffer.from('me');
const ada: IdentityOwner = { publicKey: Buffer.alloc(32, 1), remoteAddress: '10.0.0.1' };
const bob: IdentityOwner = { publicKey: Buffer.alloc(32, 2), remoteAddress: '10.0.0.2' };

it('lets a key take what is nobody else’s, as often as it likes', () => {
  const owners = new IdentityOwners();
  expect([owners.take(me, ada), owners.take(me, ada), owners.take(me, bob)]).toEqual([
    true,
    true,
    false,
  ]);
});

it('keeps an identity for its key while one of its connections is there, and after that', () => {
  const owners = new IdentityOwners();
  owners.take(me, ada);
  owners.take(me, ada);
  owners.leave(me);
  owners.leave(me);
  expect([owners.take(me, bob), owners.take(me, ada)]).toEqual([false, true]);
});

it('lets all have no identity', () => {
  const owners = new IdentityOwners();
  const none = Buffer.alloc(0);
  expect([owners.take(none, ada), owners.take(none, bob)]).toEqual([true, true]);
  owners.leave(none);
});

it('forgets those that have left first, and none that is connected', () => {
  const owners = new IdentityOwners();
  const here = Buffer.from('here');
  owners.take(here, ada);
  owners.take(me, ada);
  owners.leave(me);
  for (let index = 0; index < 16_384; index++) {
    const identity = Buffer.from(`other ${index}`);
    owners.take(identity, bob);
    owners.leave(identity);
  }
  expect([owners.take(here, bob), owners.take(me, bob)]).toEqual([false, true]);
});

it('gives back what is of keys that have gone and are not allowed any more', async () => {
  const owners = new IdentityOwners();
  const here = Buffer.from('here');
  owners.take(here, ada);
  owners.take(me, ada);
  owners.leave(me);
  const asked: string[] = [];
  await owners.review(async ({ remoteAddress }) => asked.push(remoteAddress) < 0);
  expect(asked).toEqual(['10.0.0.1']);
  expect([owners.take(me, bob), owners.take(here, bob)]).toEqual([true, false]);
});
