import type { RemoteClient, RemoteServer, RemoteServerOptions } from 'nestjs-remote';
import { Subject } from 'rxjs';
import { onTestFinished } from 'vitest';
import { type Handlers, echo, listen } from '../robustness/plain-service.js';
import { areServed } from '../router/pair.js';
import { startRouter } from '../router/peers.js';
import { createClient } from '../support/nest.js';

/** A service whose `wait` calls end when the test says so, and whose `stream` emits what it says. */
export class HeldCalls {
  readonly stream = new Subject<unknown>();
  readonly events: unknown[] = [];
  /** How often `who` was called. */
  asked = 0;
  private readonly waiting = new Map<unknown, () => void>();

  /** @param name what `who` answers */
  constructor(private readonly name: unknown) {}

  readonly handlers: Handlers = {
    requests: {
      echo,
      wait: (name: unknown) =>
        new Promise((resolve) => this.waiting.set(name, () => resolve(name))),
      stream: async () => this.stream,
      who: async () => {
        this.asked++;
        return this.name;
      },
    },
    events: { note: async (data: unknown) => void this.events.push(data) },
  };

  isWaiting(name: unknown): boolean {
    return this.waiting.has(name);
  }

  releaseAll(): void {
    [...this.waiting.keys()].forEach((name) => this.release(name));
  }

  /** Lets a call of `wait` answer. */
  release(name: unknown): void {
    this.waiting.get(name)?.();
    this.waiting.delete(name);
  }
}

/** Starts one that waits for its calls when it is closed. */
export async function listenHeld(
  options: Partial<RemoteServerOptions> = {},
  name?: unknown,
): Promise<{ held: HeldCalls; server: RemoteServer; address: string }> {
  const held = new HeldCalls(name);
  const started = await listen(held.handlers, {
    bind: 'tcp://127.0.0.1:*',
    shutdownTimeout: 20_000,
    ...options,
  });
  onTestFinished(() => held.releaseAll());
  return { held, ...started };
}

/** Starts one, called `math`, behind a router that knows it, and a client of it. */
export async function listenHeldBehindRouter(): Promise<{
  held: HeldCalls;
  server: RemoteServer;
  client: RemoteClient;
  frontend: string;
}> {
  const { frontend, backend } = await startRouter();
  const held = new HeldCalls('math');
  const options = { connect: backend, identity: 'math', shutdownTimeout: 0 };
  const { server } = await listen(held.handlers, options);
  onTestFinished(() => held.releaseAll());
  await areServed([frontend], 'math', 'who');
  const client = createClient({ connect: frontend, address: 'math', timeout: 0 });
  return { held, server, client, frontend };
}
