import { onTestFinished } from 'vitest';
import { Dealer, Publisher, Router, type Socket } from 'zeromq';

/** A bare ZeroMQ socket that is closed when the test has finished. */
function bare<Type extends Socket>(socket: Type): Type {
  socket.linger = 0;
  onTestFinished(() => socket.close());
  return socket;
}

/** A peer of a ROUTER server that sends what it likes. */
export function rawDealer(address: string, receiveHighWaterMark = 0): Dealer {
  const dealer = bare(new Dealer());
  dealer.receiveHighWaterMark = receiveHighWaterMark;
  dealer.sendHighWaterMark = 0;
  dealer.connect(address);
  return dealer;
}

/** A server that answers what it likes. */
export async function rawRouter(): Promise<{ router: Router; address: string }> {
  const router = bare(new Router());
  router.sendHighWaterMark = 0;
  await router.bind('tcp://127.0.0.1:*');
  return { router, address: router.lastEndpoint ?? '' };
}

/** A publisher of what it likes. */
export async function rawPublisher(): Promise<{ publisher: Publisher; address: string }> {
  const publisher = bare(new Publisher());
  publisher.sendHighWaterMark = 0;
  await publisher.bind('tcp://127.0.0.1:*');
  return { publisher, address: publisher.lastEndpoint ?? '' };
}

/** A request that arrived at a bare ROUTER. */
export interface RawRequest {
  identity: Buffer;
  address: Buffer;
  /** Its id, encoded. */
  id: Buffer;
}

/** The next request of a client, past its greetings. */
export async function nextRequest(router: Router): Promise<RawRequest> {
  for (;;) {
    const [identity, address, payload] = await router.receive();
    if (identity && address && payload) {
      const head = payload[2] ?? 0;
      const length = head < 0x18 ? 1 : 1 + 2 ** (head - 0x18);
      return { identity, address, id: payload.subarray(2, 2 + length) };
    }
  }
}
