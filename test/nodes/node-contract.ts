import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Node, OutgoingMessage } from '../../lib/nodes/node.js';
import { Route } from '../../lib/nodes/route.js';
import { NodeRecorder, expectSoon, record, settle } from './node-recorder.js';

/** Two nodes of a kind that can talk to each other. */
export interface NodePair {
  /** The side that is bound. */
  server: Node;
  /** Makes the other side, once the server's addresses are known. */
  client(addresses: readonly string[]): Node;
}

/** What a kind of node can do, so that the contract asks for no more. */
export interface NodeAbilities {
  /** Which side sends when messages go one way only. Default: both can. */
  sender?: 'server' | 'client';
  /** Several frames, and empty ones, in one message. */
  frames: boolean;
  /** The largest message that must come through, in bytes. */
  largest: number;
  /** How many messages at once must come through. Default 500. */
  burst?: number;
}

/**
 * The contract of {@link Node}, for every kind of it.
 *
 * @param name what is tested
 * @param factory makes a pair of nodes that are closed
 * @param abilities what this kind can do
 */
export function describeNode(
  name: string,
  factory: () => NodePair | Promise<NodePair>,
  abilities: NodeAbilities,
): void {
  describe(name, () => {
    const isTwoWay = abilities.sender === undefined;
    let server: Node;
    let client: Node;
    let atServer: NodeRecorder;
    let atClient: NodeRecorder;
    let sender: Node;
    let receiver: Node;
    let atReceiver: NodeRecorder;
    const to = Buffer.from('-');
    const send = (text: string): Promise<void> => sender.send([Buffer.from(text)], to);

    const openPair = async (): Promise<void> => {
      const pair = await factory();
      server = pair.server;
      atServer = await record(server);
      client = pair.client(server.addresses);
      atClient = await record(client);
      const clientSends = abilities.sender !== 'server';
      sender = clientSends ? client : server;
      receiver = clientSends ? server : client;
      atReceiver = clientSends ? atServer : atClient;
      await settle(send, atReceiver);
    };

    beforeEach(openPair);
    afterEach(() => {
      client.close();
      server.close();
    });

    it('delivers messages in order', async () => {
      const sent = Array.from({ length: abilities.burst ?? 500 }, (_, index) => `message ${index}`);
      await Promise.all(sent.map(send));
      await expectSoon(() => atReceiver.payloads.length).toBe(sent.length);
      expect(atReceiver.payloads).toEqual(sent);
    });

    if (isTwoWay) {
      it('responds to the address that a message came from', async () => {
        await send('question');
        await expectSoon(() => atServer.payloads).toEqual(['question']);
        const frames = abilities.frames ? [to, Buffer.from('answer')] : [Buffer.from('answer')];
        await server.send(frames, atServer.messages[0]!.address);
        await expectSoon(() => atClient.payloads).toEqual(['answer']);
      });
    }

    if (abilities.frames) {
      it('keeps frames apart, empty ones too', async () => {
        const frames = ['', 'one', '', 'two', ''];
        await sender.send(
          frames.map((text) => Buffer.from(text)),
          to,
        );
        await expect
          .poll(() => atReceiver.texts.at(-1)?.frames.slice(-frames.length))
          .toEqual(frames);
      });
    }

    it('delivers the largest message unharmed', async () => {
      const content = Buffer.alloc(abilities.largest, 'abcdefg');
      await sender.send([content], to);
      await expectSoon(() => atReceiver.messages.length).toBe(1);
      expect(atReceiver.messages[0]?.frames.at(-1)?.equals(content)).toBe(true);
    });

    it('counts what it sent and received since it was opened', async () => {
      const before = { sent: sender.sendCount, received: receiver.receiveCount };
      await Promise.all(['a', 'b', 'c'].map(send));
      await expectSoon(() => receiver.receiveCount).toBe(before.received + 3);
      expect(sender.sendCount).toBe(before.sent + 3);
    });

    it('starts counting anew when it is opened again', async () => {
      expect(sender.sendCount).toBeGreaterThan(0);
      sender.close();
      await record(sender);
      expect(sender.sendCount).toBe(0);
    });

    it('does nothing when it is opened twice', async () => {
      const { sockets } = sender;
      await sender.open(new NodeRecorder());
      expect(sender.sockets).toEqual(sockets);
      await send('still the same');
      await expectSoon(() => atReceiver.payloads).toEqual(['still the same']);
    });

    it('lets openings at the same time share one transport', async () => {
      server.close();
      await Promise.all([server.open(atServer), server.open(atServer)]);
      expect(server.sockets).toHaveLength(1);
    });

    it('can be opened again after it was closed', async () => {
      client.close();
      await client.open(atClient);
      await settle(send, atReceiver);
      await send('once more');
      await expectSoon(() => atReceiver.payloads).toEqual(['once more']);
    });

    it('can be bound again at the moment it was closed', async () => {
      const addresses = [...server.addresses];
      server.close();
      await server.open(atServer);
      expect(server.addresses).toHaveLength(addresses.length);
    });

    it('refuses to send while it is closed', async () => {
      sender.close();
      await expect(send('nothing')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    });

    it('shows neither addresses nor sockets while it is closed', () => {
      server.close();
      expect(server).toMatchObject({ closed: true, addresses: [], sockets: [] });
    });

    it('does nothing when it is closed twice', () => {
      server.close();
      expect(() => server.close()).not.toThrow();
    });

    it('rejects an opening that is overtaken by a close', async () => {
      server.close();
      const opening = server.open(atServer);
      server.close();
      await expect(opening).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(server.closed).toBe(true);
    });

    it('can be opened while an opening that was overtaken still ends', async () => {
      server.close();
      const overtaken = server.open(atServer).catch(() => 'overtaken');
      server.close();
      await server.open(atServer);
      expect(await overtaken).toBe('overtaken');
      expect(server.closed).toBe(false);
    });

    it('opens once it has closed when it is opened while it closes', async () => {
      server.close();
      const overtaken = server.open(atServer).catch(() => 'overtaken');
      server.close();
      const openings = [server.open(atServer), server.open(atServer)];
      await Promise.all(openings);
      expect(await overtaken).toBe('overtaken');
      expect(server.sockets).toHaveLength(1);
    });

    it('stays closed when it is closed again while an opening waits for its closing', async () => {
      server.close();
      const overtaken = [server.open(atServer).catch(() => 'overtaken')];
      server.close();
      overtaken.push(server.open(atServer).catch(() => 'overtaken'));
      server.close();
      expect(await Promise.all(overtaken)).toEqual(['overtaken', 'overtaken']);
      expect(server).toMatchObject({ closed: true, addresses: [], sockets: [] });
    });

    it('is open where it was bound after it was reopened', async () => {
      const addresses = [...server.addresses];
      const [before] = server.sockets;
      server.reopen('the test says so');
      await expectSoon(() => server.closed).toBe(false);
      expect(server.addresses).toEqual(addresses);
      expect(server.sockets).not.toContain(before);
    });

    it('delivers, and counts anew, after its connecting side was reopened', async () => {
      client.reopen('the test says so');
      await expectSoon(() => client.closed).toBe(false);
      expect(client).toMatchObject({ sendCount: 0, receiveCount: 0 });
      await settle(send, atReceiver);
      await send('once more');
      await expectSoon(() => atReceiver.payloads).toEqual(['once more']);
    });

    it('reports that it is down, and why, before what waits fails', async () => {
      const log: string[] = [];
      sender.close();
      await sender.open({
        message: () => undefined,
        down: (reason) => log.push(`down: ${reason}`),
        error: ({ message }) => log.push(`error: ${message}`),
      });
      sender.post(outgoing('a', log));
      sender.reopen('the test says so');
      expect(log).toEqual(['down: node transport reopened', 'a UNAVAILABLE']);
    });

    it('returns what waits to the listener that it notifies of its loss', async () => {
      const outcomes: string[] = [];
      const taken: OutgoingMessage[] = [];
      const message = outgoing('a', outcomes);
      sender.close();
      await sender.open({
        message: () => undefined,
        down: () => taken.push(...sender.withdraw()),
      });
      sender.post(message);
      sender.reopen('the test says so');
      expect(taken).toEqual([message]);
      expect(outcomes).toEqual([]);
    });

    it('stays closed when its listener closes it on down', async () => {
      sender.close();
      await sender.open({ message: () => undefined, down: () => sender.close() });
      const outcomes: string[] = [];
      sender.post(outgoing('a', outcomes));
      sender.reopen('the test says so');
      expect(outcomes).toEqual(['a UNAVAILABLE']);
      // Opened once more, it has one transport: no other one comes up behind it.
      await record(sender);
      expect(sender.sockets).toHaveLength(1);
    });

    it('stays closed when what waits closes it as it fails', async () => {
      const closing = { ...outgoing('a', []), failed: () => sender.close() };
      sender.post(closing);
      sender.reopen('the test says so');
      expect(sender.closed).toBe(true);
      const opening = await record(sender);
      expect(opening.errors).toEqual([]);
      expect(sender.sockets).toHaveLength(1);
    });

    it('does nothing when it is reopened while it is closed', () => {
      server.close();
      server.reopen('the test says so');
      expect(server).toMatchObject({ closed: true, addresses: [], sockets: [] });
      expect(atServer.errors).toEqual([]);
    });

    it('receives when it is opened again', async () => {
      receiver.close();
      await receiver.open(atReceiver);
      if (receiver === server) {
        client.close();
        client = (await factory()).client(server.addresses);
        await record(client);
        sender = client;
      }
      // The port may be another one now: a new pair of ends is all that is left to connect.
      await settle(send, atReceiver);
      expect(receiver.closed).toBe(false);
    });

    it('has nothing left to send after a flush', async () => {
      const outcomes: string[] = [];
      sender.post(outgoing('a', outcomes));
      sender.post(outgoing('b', outcomes));
      await sender.flush(10_000);
      expect(outcomes).toEqual(['a sent', 'b sent']);
    });

    it('gives back what was posted and not handed over', async () => {
      const outcomes: string[] = [];
      const messages = ['a', 'b', 'c'].map((text) => outgoing(text, outcomes));
      messages.forEach((message) => sender.post(message));
      expect(sender.withdraw()).toEqual(messages);
      await sender.flush(10_000);
      expect(outcomes).toEqual([]);
    });

    it('fails what waits when it is closed', async () => {
      const outcomes: string[] = [];
      ['a', 'b', 'c'].forEach((text) => sender.post(outgoing(text, outcomes)));
      sender.close();
      expect(outcomes).toEqual(['a UNAVAILABLE', 'b UNAVAILABLE', 'c UNAVAILABLE']);
    });

    it('lets an abandoned message leave without a word', async () => {
      const outcomes: string[] = [];
      sender.post({ ...outgoing('unwanted', outcomes), abandoned: true });
      await send('wanted');
      await expectSoon(() => atReceiver.payloads).toEqual(['wanted']);
      expect(outcomes).toEqual([]);
    });
  });
}

function outgoing(text: string, outcomes: string[]): OutgoingMessage {
  return {
    route: new Route(Buffer.from('-')),
    size: text.length,
    abandoned: false,
    slice: () => undefined,
    frames: () => [Buffer.from(text)],
    sent: () => outcomes.push(`${text} sent`),
    failed: ({ code }) => outcomes.push(`${text} ${code}`),
  };
}
