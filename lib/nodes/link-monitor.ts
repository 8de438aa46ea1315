import type { Event, Socket } from 'zeromq';

/** What a {@link watchLink} tells. */
export interface LinkListener {
  up(): void;
  down(reason: string): void;
  /** The handshake failed. Where the credentials were refused, libzmq never tries again by itself. */
  refused(reason: string, isFinal: boolean): void;
}

/**
 * Watches the connections of a socket until it closes.
 *
 * Its events are read without pause: a monitor that nobody reads blocks libzmq's whole I/O thread
 * after about 2,000 of them.
 *
 * @throws when the monitor cannot be set up, which happens under heavy churn of sockets (EADDRINUSE)
 */
export function watchLink(socket: Socket, listener: LinkListener): void {
  const observer = socket.events;
  let isUp = false;
  const tell = (event: Event): void => {
    switch (event.type) {
      case 'handshake':
        isUp = true;
        listener.up();
        break;
      case 'disconnect':
        if (isUp) {
          isUp = false;
          listener.down('the connection was lost');
        }
        break;
      case 'handshake:error:auth':
      case 'handshake:error:protocol':
      case 'handshake:error:other':
        listener.refused(event.error.message, event.type === 'handshake:error:auth');
        break;
      default:
    }
  };
  const watch = async (): Promise<void> => {
    while (!observer.closed) {
      tell(await observer.receive());
    }
  };
  // The socket's closing ends the watch, sometimes by rejecting the read that is under way.
  watch().catch(() => undefined);
}
