import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Router } from 'zeromq';

/** Echoes messages on a bare ROUTER and on a bare TCP socket. Reports its addresses first. */
const router = new Router({ sendTimeout: 0 });
await router.bind('tcp://127.0.0.1:*');

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('data', (chunk) => socket.write(chunk));
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ zeromq: router.lastEndpoint, port });
});

for (;;) {
  await router.send(await router.receive());
}
