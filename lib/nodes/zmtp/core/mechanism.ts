import type { Command } from './command.js';
import type { Protection } from './protection.js';

/**
 * A security mechanism: the part of a handshake between the greetings and `ready` (37/ZMTP, "Security
 * Mechanisms").
 *
 * Both sides must have the same one. It exchanges commands until it has the other side's metadata,
 * and has sent its own. One that also protects what follows tells how.
 */
export interface Mechanism {
  /** What to look at where the other side refuses at this point, or hangs up. Default nothing. */
  readonly advice?: string;

  /** The command that this side begins with, as a whole frame; undefined where the other side begins. */
  begin(): Buffer | undefined;

  /**
   * Takes a command of the other side, which is never ERROR.
   *
   * @throws {ProtocolError} for a command that is wrong, or that does not come now
   */
  receive(command: Command): MechanismStep;

  /** Lets a candidate in. Only where {@link receive} told one. */
  admit?(): MechanismStep;
}

/** What a command of the other side leads to. */
export interface MechanismStep {
  /** What to send, as a whole frame. */
  readonly reply?: Buffer;
  /** The other side has proven who it is: whether it may come in is to be decided. */
  readonly candidate?: Candidate;
  /** The other side's metadata: the handshake is done. */
  readonly metadata?: Buffer;
  /** What protects all that follows. Default nothing does. */
  readonly protection?: Protection;
}

/** Who asks to come in. */
export interface Candidate {
  /** 32 bytes, whose secret the other side has. */
  readonly publicKey: Buffer;
  readonly metadata: Buffer;
}

/** Which mechanism the connections of a socket have. */
export interface MechanismKind {
  /** Its name in the greeting. */
  readonly name: 'NULL' | 'PLAIN' | 'CURVE';
  /** Whether this side is the server of the mechanism, whichever side has bound. */
  readonly isServer: boolean;
  /** Whether this side says no ERROR. Default false. */
  readonly isSilent?: boolean;
  /** What to look at where the other side hangs up instead of greeting. Default nothing. */
  readonly advice?: string;
  /**
   * Loads what {@link create} needs, which must wait for it.
   *
   * @returns undefined where it is there
   */
  load?(): Promise<void> | undefined;
  /**
   * Makes the mechanism of one connection.
   *
   * @param metadata what this side says of itself
   */
  create(metadata: Buffer): Mechanism;
}
