import { Tag as WireTag } from 'cbor-x';
import type { RemoteClient } from 'nestjs-remote';
import { from } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../e2e/transports.js';
import { listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';
import type { Received } from './inbox.js';
import { RawClient } from './raw-client.js';
import { RawServer } from './raw-server.js';
import { ATTACHMENT_TAG, Key, Type, attachment, header, sequence } from './wire.js';

/** The smallest byte string that is attached. */
const LARGE = 16 * 1024;

const bytes = (length: number, fill = 7): Buffer => Buffer.alloc(length, fill);

/** Large values are compared here: their difference would take minutes to print. */
const isSame = (value: unknown, expected: Buffer): boolean =>
  Buffer.isBuffer(value) && value.equals(expected);

const isAttachment = (value: unknown, index: number): boolean =>
  value instanceof WireTag && value.tag === ATTACHMENT_TAG && value.value === index;

const attachedOf = ({ header: head }: Received): unknown => head?.get(Key.ATTACHMENTS);

describe('a large byte string among the arguments of a call', () => {
  async function ask(
    args: readonly unknown[],
    { address, isKnown = true }: { address?: string; isKnown?: boolean } = {},
  ): Promise<Received> {
    const server = await RawServer.bind();
    const client: RemoteClient = createClient({
      connect: server.address,
      timeout: 0,
      ...(address !== undefined && { address }),
    });
    if (isKnown) {
      await server.introduce(client);
    }
    client.issueCall('take', args).catch(() => undefined);
    return server.request();
  }

  it.each([
    ['Buffer', bytes(LARGE)],
    ['Uint8Array', new Uint8Array(LARGE).fill(7)],
  ])('is a frame of its own: a %s of 16 KiB', async (_, value) => {
    const request = await ask([1, value]);
    const [one, place] = request.envelope[3] as unknown[];
    expect(one).toBe(1);
    expect(isAttachment(place, 0)).toBe(true);
    expect(attachedOf(request)).toBe(1);
    expect(request.attached).toHaveLength(1);
    expect(isSame(request.attached[0], bytes(LARGE))).toBe(true);
    expect(request.address.toString()).toBe('-');
  });

  it('is counted within its envelope, wherever it stands', async () => {
    const request = await ask([{ deep: [bytes(LARGE, 1)] }, bytes(LARGE, 2), bytes(3)]);
    const [object, place, small] = request.envelope[3] as [Map<string, unknown[]>, unknown, Buffer];
    const places = [object instanceof Map ? object.get('deep')?.[0] : undefined, place];
    const indexes = places.map((found) => (found instanceof WireTag ? found.value : undefined));
    expect(new Set(indexes)).toEqual(new Set([0, 1]));
    expect(isSame(request.attached[indexes[0] as number], bytes(LARGE, 1))).toBe(true);
    expect(isSame(request.attached[indexes[1] as number], bytes(LARGE, 2))).toBe(true);
    expect(small).toEqual(bytes(3));
    expect(attachedOf(request)).toBe(2);
  });

  it.each([
    ['is smaller', [bytes(LARGE - 1)], {}],
    ['goes to an address', [bytes(LARGE)], { address: 'svc' }],
    ['goes to a server that is not known to be extended', [bytes(LARGE)], { isKnown: false }],
    ['is text', ['x'.repeat(LARGE)], {}],
  ])('stays in the payload where it %s', async (_, args, options) => {
    const request = await ask(args, options);
    expect(request.attached).toEqual([]);
    expect(attachedOf(request)).toBeUndefined();
    const [value] = request.envelope[3] as unknown[];
    const isEqual =
      typeof value === 'string' ? value === args[0] : isSame(value, args[0] as Buffer);
    expect(isEqual).toBe(true);
  });

  it('follows its envelope where several calls share a payload', async () => {
    const server = await RawServer.bind();
    const client: RemoteClient = createClient({ connect: server.address, timeout: 0 });
    await server.introduce(client);
    for (let fill = 1; fill <= 10; fill++) {
      const args = fill % 3 === 0 ? [fill] : [fill, bytes(LARGE + fill, fill)];
      client.issueCall('take', args).catch(() => undefined);
    }
    await expect.poll(() => server.inbox.all.length).toBe(11);
    for (const payload of server.inbox.payloads.slice(1)) {
      let next = 0;
      for (const { envelope, header: head } of payload.messages) {
        const [fill] = envelope[3] as [number];
        const count = (head?.get(Key.ATTACHMENTS) ?? 0) as number;
        expect(count).toBe(fill % 3 === 0 ? 0 : 1);
        if (count === 1) {
          expect(isSame(payload.attached[next++], bytes(LARGE + fill, fill))).toBe(true);
        }
      }
      expect(payload.attached).toHaveLength(next);
    }
  });

  it('travels with an event', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 0 });
    await server.introduce(client);
    await client.notify.note(bytes(LARGE));
    const event = await server.inbox.next(Type.NOTIFICATION);
    expect(attachedOf(event)).toBe(1);
    expect(isSame(event.attached[0], bytes(LARGE))).toBe(true);
  });
});

describe('a large byte string in a response', () => {
  async function ask(method: string, head: null | undefined, address = '-'): Promise<RawClient> {
    const { address: at } = await listen({
      requests: {
        large: async () => bytes(LARGE),
        several: async () => from([bytes(LARGE, 1), bytes(LARGE, 2)]),
        refuse: async () => {
          throw new Error('no');
        },
      },
    });
    const peer = new RawClient(at);
    const envelope = [Type.REQUEST, 7, method, []];
    await peer.send(head === null ? sequence(envelope) : sequence(envelope, header()), [], address);
    await peer.inbox.untilAnswered(7);
    return peer;
  }

  it('is a frame of its own', async () => {
    const answer = await (await ask('large', undefined)).inbox.next();
    expect(isAttachment(answer.envelope[3], 0)).toBe(true);
    expect(attachedOf(answer)).toBe(1);
    expect(answer.attached).toHaveLength(1);
    expect(isSame(answer.attached[0], bytes(LARGE))).toBe(true);
  });

  it.each([
    ['a base client', null, '-'],
    ['a client that names an address', undefined, 'svc'],
  ])('stays in the payload for %s', async (_, head, address) => {
    const answer = await (await ask('large', head, address)).inbox.next();
    expect(answer.attached).toEqual([]);
    expect(isSame(answer.envelope[3], bytes(LARGE))).toBe(true);
  });

  it('is one of several values as well', async () => {
    const { inbox } = await ask('several', undefined);
    const all = inbox.payloads.flatMap(({ attached }) => attached);
    expect(all.map((frame) => [frame.length, frame[0]])).toEqual([
      [LARGE, 1],
      [LARGE, 2],
    ]);
    expect(inbox.all.map(({ type }) => type)).toEqual([Type.ITEM, Type.RESPONSE]);
    expect(inbox.all.map(attachedOf)).toEqual([1, 1]);
  });

  it('is taken by a client in the order of the envelopes', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 0 });
    const outcome = outcomeOf(client.send('stream', 1));
    const request = await server.request();
    const id = request.envelope[1];
    await server.send(
      request,
      sequence(
        [Type.ITEM, id, [attachment(1), attachment(0)]],
        header({ [Key.ATTACHMENTS]: 2 }),
        [Type.ITEM, id, 'none'],
        [Type.RESPONSE, id, null, attachment(0)],
        header({ [Key.ATTACHMENTS]: 1, [Key.ITEMS]: 2 }),
      ),
      ...['a', 'b', 'c'],
    );
    const { values } = await outcome;
    const texts = values.map((value) => (Array.isArray(value) ? value.map(String) : String(value)));
    expect(texts).toEqual([['b', 'a'], 'none', 'c']);
  });
});
