import { RemoteCallError } from '../errors/remote-call.error.js';
import type { OutgoingMessage } from './node.js';
import type { SendQueue } from './sending/send-queue.js';
import { Route } from './route.js';
import { SingleMessage } from './sending/single-message.js';

/** The sending half of a node whose messages wait in an {@link SendQueue}. */
export abstract class QueuedNode {
  sendCount = 0;
  receiveCount = 0;

  protected abstract readonly sendQueue: SendQueue;

  abstract get closed(): boolean;

  post(message: OutgoingMessage): void {
    if (this.closed) {
      message.failed(closedError());
    } else {
      this.sendQueue.post(message);
    }
  }

  send(frames: readonly Uint8Array[], address: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.post(new SingleMessage(new Route(address), frames, resolve, reject));
    });
  }

  withdraw(): OutgoingMessage[] {
    return this.sendQueue.withdraw();
  }

  whenWritable(route: Route): Promise<void> | undefined {
    return this.sendQueue.whenWritable(route);
  }

  flush(timeout: number): Promise<void> {
    return this.sendQueue.flush(timeout);
  }
}

/** What a message fails with whose node is closed. */
export function closedError(): RemoteCallError {
  return new RemoteCallError('transport is closed', {}, { code: 'UNAVAILABLE' });
}
