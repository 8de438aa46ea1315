import { RemoteCallError } from '../../errors/remote-call.error.js';

/** What a client says of its own accord, where no server has said anything. */
export function unavailable(message: string, context: Record<string, unknown>): RemoteCallError {
  return new RemoteCallError(message, context, { code: 'UNAVAILABLE' });
}

/** What all ends with that waits when its client is closed. */
export function closed(): RemoteCallError {
  return new RemoteCallError('the client was closed', {}, { code: 'CANCELLED' });
}
