import type { BareSockets } from '../bare-sockets.js';

/** What the sockets alone cost on this machine. */
export function formatBareSockets({ zeromq, tcp }: BareSockets): string {
  return (
    `Bare sockets, there and back: ZeroMQ ${zeromq.toFixed(0)} µs, TCP ${tcp.toFixed(0)} µs, ` +
    `${(zeromq / tcp).toFixed(2)} times\n`
  );
}
