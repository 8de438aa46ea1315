/** An identity, address frame or topic for people: as text where it is printable, else as hex. */
export function renderIdentity(identity: Uint8Array): string {
  const bytes = Buffer.from(identity.buffer, identity.byteOffset, identity.byteLength);
  const text = bytes.toString();
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u.test(text) && !text.includes('\uFFFD')
    ? text
    : `0x${bytes.toString('hex')}`;
}
