/** The other side breaks ZMTP or a limit, or refuses us: its connection cannot go on. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';

  /**
   * @param message what is wrong
   * @param status what an ERROR tells the other side of it, nothing where it is empty; default the
   *   message
   */
  constructor(
    message: string,
    readonly status = message,
  ) {
    super(message);
  }
}

/** One side does not let the other in, or does not trust it. */
export class AuthenticationError extends ProtocolError {}
