import { brand } from './brand.js';
import type { RemoteErrorCode } from './error-codes.js';

/** Members of a {@link RemoteCallError} besides its message and context. */
export interface RemoteCallErrorOptions {
  /** Default `'UNKNOWN'`. */
  code?: RemoteErrorCode;
  /** Default `'local'`. */
  origin?: 'local' | 'remote';
  /** The cause. Node shows it below the stack. */
  cause?: unknown;
}

/**
 * A remote call that did not end with a value, or an endpoint that cannot do its work.
 *
 * `origin` is where the error comes from: `'remote'` is the response of a peer, `'local'` is this
 * process (a timeout, a lost link, an argument that cannot be encoded, a wrong option). `code` is
 * always one of the documented codes; `'UNKNOWN'` is a plain error of a peer without the extension.
 *
 * `instanceof` holds across duplicate installs of this package.
 *
 * Mirrors `RemoteCallError(message, **context)` of the Python original.
 */
export class RemoteCallError extends Error {
  static {
    brand(this, 'RemoteCallError');
  }

  readonly code: RemoteErrorCode;
  readonly origin: 'local' | 'remote';

  /**
   * @param message the error's text
   * @param context named values with details, from the peer or from this process
   */
  constructor(
    message: string,
    readonly context: Readonly<Record<string, unknown>> = {},
    options: RemoteCallErrorOptions = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'RemoteCallError';
    this.code = options.code ?? 'UNKNOWN';
    this.origin = options.origin ?? 'local';
  }
}
