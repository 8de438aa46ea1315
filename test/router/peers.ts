import { onTestFinished } from 'vitest';
import { Dealer } from 'zeromq';
import { Router, type RouterOptions } from 'nestjs-remote';

export const ANYWHERE = 'tcp://127.0.0.1:*';

/** A router with what it logged. */
export interface RunningRouter {
  router: Router;
  frontend: string;
  backend: string;
  logs: string[];
}

/** Binds a router that is closed when the test has finished. */
export async function startRouter(options: Partial<RouterOptions> = {}): Promise<RunningRouter> {
  const logs: string[] = [];
  const router = await Router.bind({
    frontend: ANYWHERE,
    backend: ANYWHERE,
    logger: recorder(logs),
    ...options,
  });
  onTestFinished(() => router.close());
  const { frontend, backend } = router.addresses;
  return { router, frontend: frontend[0] ?? '', backend: backend[0] ?? '', logs };
}

/** A logger that keeps its messages. */
export function recorder(logs: string[]): { log: Log; warn: Log; error: Log } {
  const keep: Log = (message) => void logs.push(message);
  return { log: keep, warn: keep, error: keep };
}

type Log = (message: string) => void;

/** A bare DEALER of this identity that the router knows already. */
export async function join(
  { logs }: RunningRouter,
  address: string,
  identity: string | Buffer,
  receiveHighWaterMark = 0,
): Promise<Dealer> {
  const dealer = new Dealer();
  onTestFinished(() => dealer.close());
  dealer.linger = 0;
  dealer.sendHighWaterMark = 0;
  dealer.receiveHighWaterMark = receiveHighWaterMark;
  dealer.routingId = identity as string;
  dealer.probeRouter = true;
  const before = greetings(logs);
  dealer.connect(address);
  while (greetings(logs) === before) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  return dealer;
}

/** How many peers have come or gone. */
function greetings(logs: readonly string[]): number {
  return logs.filter((line) => line.startsWith('Arrival or departure of ')).length;
}

/** The next message, as text frames. */
export async function next(dealer: Dealer): Promise<string[]> {
  const frames = await dealer.receive();
  return frames.map(String);
}
