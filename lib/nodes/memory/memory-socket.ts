import { AsyncResource } from 'node:async_hooks';
import { setImmediate } from 'node:timers';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { Address } from '../address.js';
import type { Batch } from '../sending/packing.js';
import type { SocketType } from '../socket-type.js';
import { ConnectionEnd, type EndOwner } from './connection-end.js';
import { type Connectable, Exchange } from './exchange.js';
import {
  DealerPattern,
  type Pattern,
  PublisherPattern,
  RouterPattern,
  type Sent,
  SubscriberPattern,
  type Take,
} from './patterns.js';

/** Node's own: a test may replace the global one, and time, but not the wire. */
const atNextTurn = setImmediate;

/** To whom each type of socket can talk. */
const COUNTERPARTS: Readonly<Record<SocketType, SocketType>> = {
  router: 'dealer',
  dealer: 'router',
  pub: 'sub',
  sub: 'pub',
};

/** What a socket tells its node. */
export interface MemorySocketListener {
  message: Take;
  /** It has a connection to an address. */
  up(address: string): void;
  /** A connection that it had made is lost. It is made again when the other side is back. */
  down(reason: string): void;
  /** A peer, whose key this is for a ROUTER, takes messages again. */
  writable(peer: string | undefined): void;
  error(error: RemoteCallError): void;
}

/** A socket of this process, which no other process reaches. */
export class MemorySocket implements EndOwner, Connectable<MemorySocket> {
  private static readonly exchange = new Exchange<MemorySocket>();

  private isClosed = false;
  private readonly ends = new Set<ConnectionEnd>();
  private readonly bound: string[] = [];
  private readonly targets: string[] = [];
  private readonly pattern: Pattern;
  private inbox: (() => void)[] = [];
  /** That of its opening: what arrives must not come in the context of the call that has sent it. */
  private readonly context = new AsyncResource('MemorySocket');

  /** @param topics SUB: the prefixes that it takes, which its node may change */
  constructor(
    private readonly type: SocketType,
    readonly identity: Buffer,
    topics: ReadonlySet<string>,
    private readonly listener: MemorySocketListener,
  ) {
    this.pattern = createPattern(type, topics, listener.message);
  }

  /** @returns the address @throws {RemoteCallError} `UNAVAILABLE` where it is taken */
  bind(address: Address): string {
    const bound = MemorySocket.exchange.bind(address, this);
    this.bound.push(bound);
    return bound;
  }

  connect({ text }: Address): void {
    this.targets.push(text);
    MemorySocket.exchange.connect(text, this);
  }

  accept(socket: MemorySocket, address: string): void {
    if (socket.type !== COUNTERPARTS[this.type]) {
      socket.refused(address, this.type);
      return;
    }
    const [here, there] = ConnectionEnd.pair(this, socket, address);
    this.attach(here);
    socket.attach(there);
  }

  send(batch: Batch): Sent {
    return this.pattern.send(batch);
  }

  later(callback: () => void): void {
    if (this.isClosed) {
      return;
    }
    if (this.inbox.push(callback) === 1) {
      atNextTurn(() => this.context.runInAsyncScope(() => this.deliver()));
    }
  }

  receive(end: ConnectionEnd, frames: Buffer[]): void {
    this.pattern.receive(end, frames);
  }

  lost(end: ConnectionEnd): void {
    const { target } = end;
    this.ends.delete(end);
    this.pattern.forget(end);
    if (target !== undefined) {
      this.listener.down('the connection was lost');
      if (!this.isClosed) {
        MemorySocket.exchange.connect(target, this);
      }
    }
  }

  writable({ identity }: ConnectionEnd): void {
    this.listener.writable(this.type === 'router' ? identity.toString('latin1') : undefined);
  }

  close(): void {
    this.isClosed = true;
    this.inbox = [];
    MemorySocket.exchange.leave(this, this.bound, this.targets);
    this.ends.forEach((end) => end.close());
  }

  private attach(end: ConnectionEnd): void {
    this.ends.add(end);
    this.later(() => {
      this.pattern.admit(end);
      if (end.target !== undefined) {
        this.listener.up(end.target);
      }
      this.writable(end);
    });
  }

  private refused(address: string, type: SocketType): void {
    const reason = `${address} is a ${type.toUpperCase()}, to which no ${this.type.toUpperCase()} connects`;
    const error = new RemoteCallError(reason, { address }, { code: 'INVALID_ARGUMENT' });
    this.later(() => this.listener.error(error));
  }

  /** What comes meanwhile waits for the turn after this one. */
  private deliver(): void {
    const due = this.inbox;
    this.inbox = [];
    for (const callback of due) {
      if (this.isClosed) {
        return;
      }
      callback();
    }
  }
}

function createPattern(type: SocketType, topics: ReadonlySet<string>, take: Take): Pattern {
  switch (type) {
    case 'router':
      return new RouterPattern(take);
    case 'dealer':
      return new DealerPattern(take);
    case 'pub':
      return new PublisherPattern();
    default:
      return new SubscriberPattern(take, topics);
  }
}
