import { CLIENT_IDENTITY_PREFIX } from './wire-constants.js';

const OWN_CLIENT = Buffer.from(CLIENT_IDENTITY_PREFIX);

/** Whether an identity is that of a client of this package, which understands greetings and bounces. */
export function isOwnClient(identity: Buffer): boolean {
  return identity.subarray(0, OWN_CLIENT.length).equals(OWN_CLIENT);
}

/** An identity, address frame or topic for people: as text where it is printable, else as hex. */
export function renderIdentity(identity: Uint8Array): string {
  const bytes = Buffer.from(identity.buffer, identity.byteOffset, identity.byteLength);
  const text = bytes.toString();
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u.test(text) && !text.includes('\uFFFD')
    ? text
    : `0x${bytes.toString('hex')}`;
}
