import { readCommand } from './command.js';
import { readError, respelled } from './error-command.js';
import type { Frame } from './frame-reader.js';
import type { Greeting } from './greeting.js';
import type { Mechanism, MechanismKind, MechanismStep } from './mechanism.js';
import { AuthenticationError, ProtocolError } from './protocol-error.js';
import type { ReadLimits } from './read-budget.js';

/** Until a session is ready nobody may send more than a command of this size. */
export const HANDSHAKE_LIMITS: ReadLimits = { maxCommand: 4096, maxFrame: 0, maxMessage: 0 };

/** What two sides do between their greetings and their traffic: their {@link Mechanism} decides. */
export class Handshake {
  /** The minor version of the other side. */
  readonly minor: number;

  private readonly mechanism: Mechanism;

  /**
   * @param kind the mechanism of this side
   * @param metadata what this side says of itself
   * @throws {AuthenticationError} where the other side has another mechanism, for there is no
   *   negotiation, or the same part in it
   */
  constructor(greeting: Greeting, kind: MechanismKind, metadata: Buffer) {
    if (greeting.mechanism !== kind.name) {
      const theirs = greeting.mechanism || 'without a name';
      throw new AuthenticationError(
        `the other side has the security mechanism ${theirs}, and this side ${kind.name}`,
      );
    }
    if (greeting.isServer && kind.isServer) {
      throw new AuthenticationError(
        `both sides are servers of ${kind.name}: one of them must be its client`,
      );
    }
    this.minor = greeting.minor;
    this.mechanism = kind.create(metadata);
  }

  /** What this side says first, as a whole frame. */
  begin(): Buffer | undefined {
    return this.mechanism.begin();
  }

  /** What to look at where the other side hangs up. */
  get advice(): string | undefined {
    return this.mechanism.advice;
  }

  /** @throws {ProtocolError} for what is wrong, and for an ERROR of the other side */
  receive({ isCommand, body }: Frame): MechanismStep {
    if (!isCommand) {
      throw new ProtocolError('a message comes before the handshake is done');
    }
    const command = readCommand(respelled(body));
    if (command.name === 'ERROR') {
      throw readError(command.data, this.advice);
    }
    return this.mechanism.receive(command);
  }

  /** Lets a candidate in. */
  admit(): MechanismStep {
    return this.mechanism.admit?.() ?? {};
  }
}
