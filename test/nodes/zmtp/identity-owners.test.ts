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

/** As many keys as it takes to have all the others forgotten. */
function leaveMany(owners: IdentityOwners, keys: number, identities: number): void {
  for (let key = 0; key < keys; key++) {
    const publicKey = Buffer.alloc(32, 3);
    publicKey.writeUInt16BE(key);
    for (let index = 0; index < identities; index++) {
      const identity = Buffer.from(`${key} ${index}`);
      owners.take(identity, { publicKey, remoteAddress: '10.0.0.3' });
      owners.leave(identity);
    }
  }
}

it('forgets those of the key that left first, and none that is connected', () => {
  const owners = new IdentityOwners();
  const here = Buffer.from('here');
  owners.take(here, ada);
  owners.take(me, ada);
  owners.leave(me);
  leaveMany(owners, 16_384 / 256, 256);
  expect([owners.take(here, bob), owners.take(me, bob)]).toEqual([false, true]);
});

it('forgets none of another key for one that leaves many', () => {
  const owners = new IdentityOwners();
  owners.take(me, ada);
  owners.leave(me);
  leaveMany(owners, 1, 20_000);
  expect(owners.take(me, bob)).toBe(false);
});

it('frees what a key does not use', () => {
  const owners = new IdentityOwners();
  const here = Buffer.from('here');
  owners.take(here, ada);
  owners.take(me, ada);
  owners.leave(me);
  expect(owners.absentOwners).toEqual([ada]);
  owners.free(ada);
  expect(owners.absentOwners).toEqual([]);
  expect([owners.take(me, bob), owners.take(here, bob)]).toEqual([true, false]);
});
