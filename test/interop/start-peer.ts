import { onTestFinished } from 'vitest';
import { Codec } from '../../lib/cbor/codec.js';
import { PythonPeer, type PeerMode } from './python-peer.js';

export const ANYWHERE = 'tcp://127.0.0.1:*';

const codec = new Codec();

/** Start a peer that ends with the test. */
export async function startPeer(mode: PeerMode, ...args: string[]): Promise<PythonPeer> {
  const peer = await PythonPeer.start(mode, args);
  onTestFinished(() => peer.stop());
  return peer;
}

/** The hex of a value's CBOR, as a peer's commands take it. */
export function toHex(value: unknown): string {
  return codec.encode(value).toString('hex');
}

/** The value whose CBOR this is the hex of, as a peer's replies have it. */
export function fromHex(hex: string | null | undefined): unknown {
  return codec.decode(Buffer.from(hex ?? '', 'hex'));
}
