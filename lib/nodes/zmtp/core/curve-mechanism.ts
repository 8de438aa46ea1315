import { type KeyPair, loadBoxes } from './curve-box.js';
import { type ClientKeys, CurveClient } from './curve-client.js';
import { CurveServer } from './curve-server.js';
import type { MechanismKind } from './mechanism.js';

/**
 * Encryption, by keys of which each side has a permanent pair, and a transient one for each connection
 * (26/CURVEZMQ):
 *
 * ```text
 *   client ── HELLO C', signature ───────────▶ server
 *          ◀─ WELCOME [S', cookie] ──────────
 *          ── INITIATE cookie, [C, vouch, metadata] ▶      authorize C
 *          ◀─ READY [metadata], or ERROR ────
 *          ◀─ MESSAGE [flags, data] ────────▶
 * ```
 *
 * @param keys the permanent keys of the server
 */
export function curveServerMechanism(keys: KeyPair): MechanismKind {
  return {
    name: 'CURVE',
    isServer: true,
    load: loadBoxes,
    create: (metadata) => new CurveServer(keys, metadata),
  };
}

/** The other side of {@link curveServerMechanism}. */
export function curveClientMechanism(keys: ClientKeys): MechanismKind {
  return {
    name: 'CURVE',
    isServer: false,
    // "A client peer SHALL NOT send ERROR to the server."
    isSilent: true,
    // libzmq hangs up as soon as it reads the name of a mechanism that is not its own.
    advice: 'has that server security?',
    load: loadBoxes,
    create: (metadata) => new CurveClient(keys, metadata),
  };
}
