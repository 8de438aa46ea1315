import type { LoadClient, Pattern } from '../transports/transport.js';

/** Makes a call, and resolves when it has ended in any way. */
export function endOfCall(client: LoadClient, pattern: Pattern, data: unknown): Promise<void> {
  return new Promise((resolve) => {
    client.send(pattern, data).subscribe({ complete: resolve, error: () => resolve() });
  });
}
