import { RemoteCallError } from '../../errors/remote-call.error.js';

/** The error of a client without a usable link. */
export function unavailable(message: string, context: Record<string, unknown>): RemoteCallError {
  return new RemoteCallError(message, context, { code: 'UNAVAILABLE' });
}

/** The error that ends whatever waits when its client is closed. */
export function closed(): RemoteCallError {
  return new RemoteCallError('the client was closed', {}, { code: 'CANCELLED' });
}
