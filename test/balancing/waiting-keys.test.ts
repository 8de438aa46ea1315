import { expect, it } from 'vitest';
import { type EventOwner, OutgoingEvent } from '../../lib/client/calls/outgoing-event.js';
import { UnsentCalls } from '../../lib/client/calls/unsent-calls.js';
import type { Link } from '../../lib/client/links/link.js';
import { DIRECT } from '../../lib/protocol/wire-constants.js';

const sink = { sent: (): void => undefined, rejected: (): void => undefined };

/** A call that waits, of a key or of none, and the servers that have refused it. */
class WaitingCall extends OutgoingEvent {
  constructor(
    key: string | undefined,
    private readonly refusals: readonly Link[] = [],
  ) {
    super('', DIRECT, 0, {} as EventOwner, sink);
    this.affinity = key;
  }

  override get refusedBy(): readonly Link[] {
    return this.refusals;
  }
}

/** Servers, each of which owns the keys that begin with its name, and has room for some calls. */
class Servers {
  readonly unsent = new UnsentCalls({ maxMessages: 10_000, maxBytes: 1000 }, this);
  /** The keys of the calls that were given to a server, in order. */
  readonly given: (string | undefined)[] = [];
  /** How often a server was looked for. */
  looks = 0;
  private readonly room = new Map<Link, number>();
  /** Those whose keys others have for now. */
  private readonly failed = new Set<Link>();

  /** @param names each of one letter */
  constructor(names: string) {
    for (const name of names) {
      this.room.set({ name } as Link, 0);
    }
  }

  of(name: string): Link {
    return [...this.room.keys()].find((link) => link.name === name) as Link;
  }

  ownerOf({ affinity }: WaitingCall): Link | undefined {
    const ready = [...this.room.keys()].filter((link) => !this.failed.has(link));
    return affinity ? (ready.find(({ name }) => affinity.startsWith(name)) ?? ready[0]) : undefined;
  }

  dispatchUnsent(call: WaitingCall): boolean {
    this.looks++;
    const owner = this.ownerOf(call);
    const [link] = [...this.room].find(
      ([each, room]) => room > 0 && !call.refusedBy.includes(each) && (owner ?? each) === each,
    ) ?? [undefined];
    if (link) {
      this.room.set(link, (this.room.get(link) ?? 0) - 1);
      this.unsent.delete(call);
      this.given.push(call.affinity);
    }
    return link !== undefined;
  }

  /** A server has room for one call more. */
  async respond(name: string): Promise<void> {
    const link = this.of(name);
    this.room.set(link, (this.room.get(link) ?? 0) + 1);
    this.unsent.retry(link, DIRECT);
    await endOfTick();
  }

  /** Others get the keys of a server. */
  async fail(name: string): Promise<void> {
    const link = this.of(name);
    this.failed.add(link);
    this.unsent.retryElsewhere(link);
    await endOfTick();
  }

  wait(...keys: (string | undefined)[]): void {
    keys.forEach((key) => this.unsent.add(new WaitingCall(key)));
  }
}

function endOfTick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

it('calls of a key do not wait behind those of a server without room', async () => {
  const servers = new Servers('ab');
  servers.wait('a1', 'b1', 'a2', 'b2');
  await servers.respond('b');
  await servers.respond('b');
  expect(servers.given).toEqual(['b1', 'b2']);
});

it('calls without a key wait in order', async () => {
  const servers = new Servers('ab');
  servers.wait(undefined, undefined, 'b1');
  await servers.respond('a');
  expect(servers.given).toEqual([undefined]);
});

it('the oldest call gets the room of a server, with a key or without', async () => {
  const servers = new Servers('a');
  servers.wait('a1', undefined, 'a2');
  await servers.respond('a');
  await servers.respond('a');
  expect(servers.given).toEqual(['a1', undefined]);
});

it('a response costs as much however many calls of keys wait', async () => {
  const servers = new Servers('ab');
  servers.wait(...Array.from({ length: 3000 }, (_, number) => `${'ab'[number % 2]}${number}`));
  for (let responses = 0; responses < 3000; responses++) {
    await servers.respond('ab'[responses % 2] as string);
  }
  expect(servers.given).toHaveLength(3000);
  // Each call was given to its server at one look, and the one behind it was looked at in vain.
  expect(servers.looks).toBeLessThanOrEqual(6000);
});

it('calls of the keys of a server that fails wait for the server that gets them', async () => {
  const servers = new Servers('ab');
  servers.wait('b1', 'b2', 'b3');
  await servers.fail('b');
  expect(servers.given).toEqual([]);
  await servers.respond('a');
  await servers.respond('a');
  expect(servers.given).toEqual(['b1', 'b2']);
});

it('a call that waits for others than the server that refused it holds up no call behind it', async () => {
  const servers = new Servers('ab');
  servers.unsent.add(new WaitingCall(undefined, [servers.of('a')]));
  servers.wait('a1', undefined);
  expect(servers.unsent.has(DIRECT, undefined)).toBe(true);
  await servers.respond('a');
  await servers.respond('a');
  expect(servers.given).toEqual(['a1', undefined]);
  // Nor does it hold up one that is made now.
  expect(servers.unsent.has(DIRECT, undefined)).toBe(false);
  await servers.respond('b');
  expect(servers.unsent.size).toBe(0);
});
