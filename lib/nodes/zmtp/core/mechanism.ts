import type { Command } from './command.js';

/**
 * A security mechanism: the part of a handshake between the greetings and `ready` (37/ZMTP, "Security
 * Mechanisms").
 *
 * Both sides must have the same one. It exchanges commands until it has the other side's metadata,
 * and has sent its own. A mechanism that also protects what follows, such as CURVE (26/CURVEZMQ),
 * would turn frames into its MESSAGE commands and back, between the frame reader and the session.
 */
export interface Mechanism {
  /** The command that this side begins with, as a whole frame; undefined where the other side begins. */
  begin(): Buffer | undefined;

  /**
   * Takes a command of the other side, which is never ERROR.
   *
   * @throws {ProtocolError} for a command that is wrong, or that does not come now
   */
  receive(command: Command): MechanismStep;
}

/** What a command of the other side leads to. */
export interface MechanismStep {
  /** What to send, as a whole frame. */
  readonly reply?: Buffer;
  /** The other side's metadata: the handshake is done. */
  readonly metadata?: Buffer;
}

/** Which mechanism the connections of a socket have. */
export interface MechanismKind {
  /** Its name in the greeting. */
  readonly name: 'NULL' | 'PLAIN';
  /** Whether this side is the server of the mechanism, whichever side has bound. */
  readonly isServer: boolean;
  /**
   * Makes the mechanism of one connection.
   *
   * @param metadata what this side says of itself
   */
  create(metadata: Buffer): Mechanism;
}
