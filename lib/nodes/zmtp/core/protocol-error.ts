/** What could begin a line of its own in a log, or colour it. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The other side breaks ZMTP or a limit, or refuses us: its connection cannot go on. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';

  /**
   * @param message what is wrong, maybe in words of the other side
   * @param status what an ERROR tells the other side of it, nothing where it is empty; default the
   *   message
   */
  constructor(
    message: string,
    readonly status = message,
  ) {
    super(message.replace(CONTROL, '\uFFFD'));
  }
}

/** One side does not let the other in, or does not trust it. */
export class AuthenticationError extends ProtocolError {}
