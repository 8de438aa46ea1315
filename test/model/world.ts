import { setImmediate } from 'node:timers/promises';
import type { RemoteCallError } from 'nestjs-remote';
import { expect } from 'vitest';
import { type Action, SIZE } from './action.js';
import { HandlerLedger } from './handler-ledger.js';
import { heldBy, runningOn } from './inside.js';
import { ObservedCall, ObservedEvent } from './observed-call.js';
import { Site } from './site.js';
import { WatchedClient } from './watched-client.js';

/** How long what must happen by itself may take on a machine that is busy. */
const POLL_TIMEOUT = 5000;

/** Why calls may end otherwise than their handlers do. */
export type Disturbance = 'link lost' | 'client closed' | 'server closed';

/** Real clients and servers with cables between them that actions can cut. */
export class World {
  readonly ledger = new HandlerLedger();
  readonly calls: ObservedCall[] = [];
  readonly events: ObservedEvent[] = [];
  readonly clients: WatchedClient[] = [];
  readonly disturbances = new Set<Disturbance>();
  /** Calls beside those of the actions that nobody answered. */
  unheard = 0;

  private readonly sites: Site[] = [];
  /** What connects, closes or restarts: its result matters to nobody, its end does. */
  private readonly busy = new Set<Promise<unknown>>();

  /** A world in which the first client has one server, and the other all of them. */
  static async create(): Promise<World> {
    const world = new World();
    for (let count = 0; count < SIZE; count++) {
      world.sites.push(await Site.open(world.ledger.handlers));
    }
    const addresses = world.sites.map(({ proxy }) => proxy.address);
    for (let count = 1; count <= SIZE; count++) {
      const connect = count === 1 ? addresses.slice(0, 1) : addresses;
      world.clients.push(new WatchedClient({ connect, timeout: 0 }));
    }
    return world;
  }

  /** Takes one step. */
  async perform(action: Action): Promise<void> {
    switch (action.do) {
      case 'call':
        this.call(action);
        return;
      case 'emit':
        this.events.push(new ObservedEvent(this.client(action.client), this.events.length));
        return;
      case 'cancel':
        this.calls[action.call % Math.max(1, this.calls.length)]?.cancel();
        return;
      case 'connect':
        this.watch(this.client(action.client).connect());
        return;
      case 'close':
        this.disturb('link lost', 'client closed');
        this.watch(this.client(action.client).close());
        return;
      case 'drain':
        this.disturb('link lost', 'server closed');
        this.watch(this.site(action.server).drain());
        return;
      case 'replace':
        this.disturb('link lost');
        this.watch(this.site(action.server).replace());
        return;
      case 'heal':
        await this.heal();
        await Promise.all(this.clients.map((client) => client.connect()));
        return;
      case 'turn':
        for (let turn = 0; turn < action.times; turn++) {
          await setImmediate();
        }
        return;
      case 'cut':
      case 'refuse':
        this.disturb('link lost');
        this.site(action.server).proxy[action.do]();
        return;
      default:
        this.site(action.server).proxy[action.do]();
    }
  }

  /**
   * Waits until nothing goes on any more: callers whose handlers never end go away, and all others
   * hear of their end without anybody's help.
   */
  async settle(): Promise<void> {
    await this.heal();
    for (const call of this.calls) {
      if (call.plan.behaviour.ending === 'never') {
        call.cancel();
      }
    }
    const observed = [...this.calls, ...this.events];
    await expect
      .poll(
        () => observed.filter(({ isOver }) => !isOver).map(String),
        pollOptions('that do not end'),
      )
      .toEqual([]);
    await expect.poll(() => this.busy.size, pollOptions('connecting or closing')).toBe(0);
    for (const client of this.clients) {
      await expect
        .poll(() => heldBy(client), pollOptions('held by a client'))
        .toMatchObject({ calls: 0, events: 0, waiting: 0 });
    }
    await this.handlersEnd();
    // What a client sent may be on its way still, and begins a handler when it arrives.
    await this.hearFromServers();
    await this.handlersEnd();
  }

  /** Closes everything, in whatever state it is. */
  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
    await Promise.all(this.sites.map((site) => site.close()));
  }

  private call({ client, times, plan }: Action & { do: 'call' }): void {
    if (plan.timeout > 0) {
      // A link on which nothing comes while a call times out is made anew.
      this.disturb('link lost');
    }
    for (let made = 0; made < times; made++) {
      this.calls.push(new ObservedCall(this.client(client), this.calls.length, plan));
    }
  }

  /**
   * Waits until every handler has ended. The clients are still connected: it is their word that ends
   * the handlers. Nothing else is sent where no server holds a call, so that no handler ends only
   * because of later traffic; an iterable ends by itself when its next value is due. A client that
   * has not heard from a server yet may not cancel there before it has.
   */
  private async handlersEnd(): Promise<void> {
    await expect
      .poll(async () => {
        const running = this.sites.flatMap(({ servers }) => servers.map(runningOn)).filter(Boolean);
        const open = this.ledger.open();
        if (running.length > 0) {
          await this.hearFromServers();
        }
        return { running, open };
      }, pollOptions('handlers that do not end'))
      .toEqual({ running: [], open: [] });
  }

  /**
   * Lets each client, which calls its servers in turn, hear from each behind all that it sent before.
   * Any response will do, such as that there is no such method.
   */
  private async hearFromServers(): Promise<void> {
    await Promise.all(
      this.clients.map(async (client) => {
        for (let count = 0; count < SIZE; count++) {
          try {
            await client.issueCall('is anyone there?');
          } catch (error) {
            this.unheard += (error as RemoteCallError).origin === 'local' ? 1 : 0;
          }
        }
      }),
    );
  }

  private async heal(): Promise<void> {
    await Promise.all(this.sites.map((site) => site.heal()));
  }

  private disturb(...disturbances: Disturbance[]): void {
    disturbances.forEach((disturbance) => this.disturbances.add(disturbance));
  }

  private watch(promise: Promise<unknown>): void {
    const ended = (): boolean => this.busy.delete(promise);
    this.busy.add(promise);
    promise.then(ended, ended);
  }

  private client(index: number): WatchedClient {
    return this.clients[index]!;
  }

  private site(index: number): Site {
    return this.sites[index]!;
  }
}

/** Options of `expect.poll` for what must happen by itself; the message names what does not. */
function pollOptions(message: string): { message: string; timeout: number } {
  return { message, timeout: POLL_TIMEOUT };
}
