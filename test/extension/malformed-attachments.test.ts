import { describe, expect, it } from 'vitest';
import { listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';
import { RawClient } from './raw-client.js';
import { RawServer } from './raw-server.js';
import { Key, Type, attachment, header, sequence } from './wire.js';

const attached = (count: unknown) => header({ [Key.ATTACHMENTS]: count });

const request = (id: number, ...args: unknown[]): unknown[] => [Type.REQUEST, id, 'take', args];

const frames = (...texts: string[]): Buffer[] => texts.map((text) => Buffer.from(text));

async function start(maxPayload?: number) {
  const taken: unknown[] = [];
  const { server, address } = await listen(
    {
      requests: { take: async (data: unknown) => (taken.push(data), 'taken') },
      events: { note: async (data: unknown) => void taken.push(data) },
    },
    { bind: 'tcp://127.0.0.1:*', codec: { maxPayload } },
  );
  const malformed = (): number => server.dropCounts.get('malformed message') ?? 0;
  return { peer: new RawClient(address), taken, malformed };
}

/** Whether the server still serves, after all that was sent before. */
async function expectAlive(peer: RawClient): Promise<void> {
  expect((await peer.call('take', ['alive'])).envelope[3]).toBe('taken');
}

describe('a payload whose header counts another number of frames than came', () => {
  const event = [Type.NOTIFICATION, 'note', ['before']];
  const two = request(7, attachment(0), attachment(1));

  it.each([
    ['too few', sequence(event, header(), two, attached(2)), frames('a')],
    ['none', sequence(event, header(), two, attached(2)), []],
    ['too many', sequence(event, header(), two, attached(2)), frames('a', 'b', 'c')],
    [
      'too few for the second',
      sequence(
        event,
        header(),
        request(7, attachment(0)),
        attached(1),
        request(8, attachment(0)),
        attached(1),
      ),
      frames('a'),
    ],
    ['far too few', sequence(event, header(), request(7), attached(1_000_000)), frames('a')],
  ])('has no effect at all: %s', async (_, payload, following) => {
    const { peer, taken, malformed } = await start();
    await peer.send(payload, following);
    await expectAlive(peer);
    expect(taken).toEqual(['alive']);
    expect(malformed()).toBe(1);
  });
});

describe('an envelope whose attachments are wrong', () => {
  it.each([
    ['an index that is used twice', request(7, attachment(0), attachment(0)), 1, frames('a')],
    ['a frame that is not used', request(7, attachment(0)), 2, frames('a', 'b')],
    ['no frame that is used', request(7, 'none'), 1, frames('a')],
    ['an index that is too high', request(7, attachment(1)), 1, frames('a')],
    ['an index that is no number', request(7, attachment('0')), 1, frames('a')],
    ['a negative index', request(7, attachment(-1)), 1, frames('a')],
  ])('does not run, and the server goes on: %s', async (_, envelope, count, following) => {
    const { peer, taken, malformed } = await start();
    await peer.send(sequence(envelope, attached(count)), following);
    await expectAlive(peer);
    expect(taken).toEqual(['alive']);
    expect(malformed()).toBe(1);
  });
});

describe('a count of attachments that is none', () => {
  it.each(['one', -1, 1.5, null, [1], 2n ** 64n])('leaves the server alive: %s', async (count) => {
    const { peer, malformed } = await start();
    await peer.send(sequence(request(7, attachment(0)), attached(count)), frames('a'));
    await expectAlive(peer);
    expect(malformed()).toBe(1);
  });
});

describe('frames that no envelope owns', () => {
  it('are ignored', async () => {
    const { peer, taken, malformed } = await start();
    await peer.send(sequence(request(7, 'first'), header()), frames('surplus', 'frames'));
    await peer.inbox.untilAnswered(7);
    await expectAlive(peer);
    expect(taken).toEqual(['first', 'alive']);
    expect(malformed()).toBe(0);
  });
});

describe('attachments that arrive as they should', () => {
  it('reach the handlers of each envelope', async () => {
    const { peer, taken } = await start();
    await peer.send(
      sequence(
        request(7, [attachment(1), 'text', attachment(0)]),
        attached(2),
        request(8, 'none'),
        [Type.NOTIFICATION, 'note', [attachment(0)]],
        attached(1),
      ),
      frames('a', 'b', 'c'),
    );
    await expectAlive(peer);
    expect(taken).toEqual([
      [Buffer.from('b'), 'text', Buffer.from('a')],
      'none',
      Buffer.from('c'),
      'alive',
    ]);
  });

  it('may be empty', async () => {
    const { peer, taken } = await start();
    await peer.send(sequence(request(7, attachment(0)), attached(1)), frames(''));
    await expectAlive(peer);
    expect(taken).toEqual([Buffer.alloc(0), 'alive']);
  });
});

describe('maxPayload', () => {
  const frame = Buffer.alloc(60_000);

  it('covers payload and frames together', async () => {
    const { peer, taken } = await start(100_000);
    await peer.send(sequence(request(7, attachment(0), attachment(1)), attached(2)), [
      frame,
      frame,
    ]);
    await expectAlive(peer);
    expect(taken).toEqual(['alive']);
  });

  it('lets a client know before it sends more', async () => {
    const server = await RawServer.bind();
    const client = createClient({
      connect: server.address,
      timeout: 0,
      codec: { maxPayload: 100_000 },
    });
    await server.introduce(client);
    await expect(client.call.take(frame, frame)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      origin: 'local',
    });
  });
});

describe('a response whose attachments are wrong', () => {
  it.each([
    ['too few frames', attached(2), frames('a')],
    ['a frame that is not used', attached(2), frames('a', 'b')],
  ])('does not complete its call with a wrong value: %s', async (_, head, following) => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 0 });
    const outcome = client.issueCall('take', [], { timeout: 500 }).catch((error: unknown) => error);
    const asked = await server.request();
    const answer = [Type.RESPONSE, asked.envelope[1], null, attachment(0)];
    await server.send(asked, sequence(answer, head), ...following);
    expect(await outcome).toMatchObject({ origin: 'local' });
    expect(client.dropCounts.get('malformed message')).toBe(1);
    await server.introduce(client);
  });
});
