import { Observable, Subject, firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { echo, listen } from './plain-service.js';

describe('a handler whose Observable cannot be unsubscribed', () => {
  it('does not cost other clients their calls when its caller cancels', async () => {
    const result = new Subject<string>();
    const { address } = await listen({
      requests: {
        broken: async () =>
          new Observable((subscriber) => {
            subscriber.next('begun');
            return () => {
              throw new Error('cannot be closed');
            };
          }),
        slow: () => firstValueFrom(result),
        echo,
      },
    });
    const [client, other] = [1, 2].map(() => createClient({ connect: address, timeout: 0 }));
    const slow = other!.issueCall('slow', []);
    await other!.issueCall('echo', []);
    // It is known to be extended now: CANCEL goes to no other server.
    await client!.issueCall('echo', []);
    await firstValueFrom(client!.send('broken', 0));
    await client!.issueCall('echo', [], { timeout: 5000 });
    result.next('answer');
    await expect(slow).resolves.toBe('answer');
  });
});
