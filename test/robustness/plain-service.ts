import { Logger } from '@nestjs/common';
import type { MessageHandler } from '@nestjs/microservices';
import { RemoteServer, type RemoteServerOptions } from 'nestjs-remote';
import { onTestFinished } from 'vitest';

Logger.overrideLogger(false);

/** Handlers by their patterns. */
export interface Handlers {
  requests?: Record<string, MessageHandler>;
  events?: Record<string, MessageHandler>;
}

/** A server without a Nest app around it, which listens until the test has finished. */
export async function listen(
  { requests = {}, events = {} }: Handlers,
  options: RemoteServerOptions = { bind: 'tcp://127.0.0.1:*' },
): Promise<{ server: RemoteServer; address: string }> {
  const server = new RemoteServer({ shutdownTimeout: 1, ...options });
  for (const [pattern, handler] of Object.entries(requests)) {
    server.addHandler(pattern, handler);
  }
  for (const [pattern, handler] of Object.entries(events)) {
    server.addHandler(pattern, handler, true);
  }
  await start(server);
  onTestFinished(() => server.close());
  return { server, address: server.addresses[0] ?? '' };
}

/** Lets a server listen, or rejects with the reason why it cannot. */
export function start(server: RemoteServer): Promise<void> {
  return new Promise((resolve, reject) => {
    server.listen((error) => (error instanceof Error ? reject(error) : resolve()));
  });
}

/** Answers with what it was given. */
export const echo: MessageHandler = (data: unknown) => Promise.resolve(data);

/** Never answers. */
export const hang: MessageHandler = () => new Promise<never>(() => undefined);
