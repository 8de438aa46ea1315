import { RemoteCallError } from '../errors/remote-call.error.js';
import type { OutgoingMessage } from './node.js';
import type { Outbox } from './sending/send-queue.js';
import { Route } from './route.js';
import { SingleMessage } from './sending/single-message.js';

/** The sending half of a node whose messages wait in an {@link Outbox}. */
export abstract class OutboxNode {
  sendCount = 0;
  receiveCount = 0;

  protected abstract readonly outbox: Outbox;

  abstract get closed(): boolean;

  post(message: OutgoingMessage): void {
    if (this.closed) {
      message.failed(closedError());
    } else {
      this.outbox.post(message);
    }
  }

  send(frames: readonly Uint8Array[], address: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.post(new SingleMessage(new Route(address), frames, resolve, reject));
    });
  }

  withdraw(): OutgoingMessage[] {
    return this.outbox.withdraw();
  }

  room(route: Route): Promise<void> | undefined {
    return this.outbox.room(route);
  }

  flush(timeout: number): Promise<void> {
    return this.outbox.flush(timeout);
  }
}

/** What a message fails with whose node is closed. */
export function closedError(): RemoteCallError {
  return new RemoteCallError('transport is closed', {}, { code: 'UNAVAILABLE' });
}
