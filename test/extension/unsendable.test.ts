import { Tag } from 'nestjs-remote';
import { expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { RawServer } from './raw-server.js';
import { Type, header, sequence } from './wire.js';

it('a call whose attachments nobody takes, and whose values cannot be read back, ends at once', async () => {
  const server = await RawServer.bind();
  const client = createClient({ connect: server.address, timeout: 0 });
  let unsendable: Promise<unknown> | undefined;
  const answered = new Promise<void>((resolve, reject) => {
    // When this answer is read the server is known, and the goodbye behind it takes that back.
    client.send('first', 1).subscribe({
      next: () => {
        const args = [new Tag(0, 'no date'), Buffer.alloc(20_000)];
        unsendable = client.issueCall('unsendable', args).catch((error: unknown) => error);
        resolve();
      },
      error: reject,
    });
  });
  const request = await server.request();
  const answer = [Type.RESPONSE, request.envelope[1], null, 1];
  await server.send(request, sequence(answer, header(), [Type.GOODBYE], header()));
  await answered; // A socket that closes drops what it has not sent yet.
  server.close();

  const successor = await RawServer.bind(server.address);
  expect(await unsendable).toMatchObject({ code: 'INVALID_ARGUMENT', origin: 'local' });
  const call = client.call.another();
  await successor.respond(await successor.request(), 'answer');
  expect(await call).toBe('answer');
});
