import { BackOff } from '../../back-off.js';
import type { DatagramKeys } from '../../security.js';
import { EMPTY, tokenOf, withToken } from './control.js';
import { type DatagramSeal, type DatagramSealOwner, Dropped } from './datagram-seal.js';
import { readEncrypt0 } from './encrypt0-reader.js';
import { type Encrypt0, Encrypt0Sealer, openEncrypt0 } from './encrypt0.js';
import { ReplayWindow } from './replay-window.js';
import { Session, audienceOf } from './session.js';
import { SessionKey } from './session-key.js';

/** How often a server is asked that does not answer, in milliseconds. */
const PROBES = { least: 100, most: 2000 };

/** After how many probes without an answer that is reported. */
const SILENCE = 5;

/** How many sessions of servers are known before a new one of its own begins. */
const MOST_SERVERS = 1024;

/** A session of a server. */
interface ServerSession {
  readonly id: Buffer;
  readonly key: SessionKey;
  readonly window: ReplayWindow;
}

/**
 * Whether the server knows the session of this socket.
 *
 * ```text
 *   idle ──start()──▶ proving ──WELCOME──▶ known
 *                        ▲                   │ CHALLENGE, refused()
 *                        └───────────────────┘
 *   any ──close()──▶ closed
 * ```
 *
 * - `proving`: it asks until it is welcome. What is sent now would be lost.
 * - `group`: takes the place of `proving` and `known` where the receivers are many, whose number nobody
 *   knows: each of them takes what comes after its own challenge has been answered.
 */
type State =
  | { readonly name: 'idle' | 'group' | 'closed' }
  | { readonly name: 'proving'; readonly timer: NodeJS.Timeout }
  | { readonly name: 'known'; readonly server: ServerSession; readonly counter: number };

/** The side that sends requests and events. */
export class SealedClient implements DatagramSeal {
  private readonly own: Session;
  private readonly servers = new Map<string, ServerSession>();
  private readonly backOff = new BackOff(PROBES);
  /** Seals for whoever has the key. */
  private readonly forAll: Encrypt0Sealer;
  private readonly key: SessionKey;
  /** Seals for the server that knows the session. */
  private requests: Encrypt0Sealer;
  private state: State = { name: 'idle' };
  private probes = 0;
  private answered: Buffer | undefined;

  /** @param isGroup whether the receivers are many */
  constructor(
    private readonly keys: DatagramKeys['keys'],
    private readonly isGroup: boolean,
    private readonly owner: DatagramSealOwner,
  ) {
    const [first] = keys;
    this.own = new Session(() => owner.ended());
    this.key = new SessionKey(first.secret(), 'request', this.own.id);
    this.forAll = this.requests = this.sealerFor(EMPTY);
  }

  /** Makes the session known. */
  start(): void {
    if (this.isGroup) {
      this.state = { name: 'group' };
      this.sendToAll(EMPTY);
    } else {
      this.prove();
    }
  }

  seal(payload: Uint8Array): Buffer {
    return this.requests.seal(payload, this.own.next());
  }

  open(datagram: Buffer, source: string): Buffer | undefined {
    const message = readEncrypt0(datagram);
    if (!message) {
      return this.drop(Dropped.FORGED, source);
    }
    const [first] = this.keys;
    if (!first.id.equals(message.keyId)) {
      return this.drop(Dropped.UNKNOWN_KEY, source);
    }
    const name = message.context.toString('latin1');
    const known = this.servers.get(name);
    if (known && !known.window.isFresh(message.counter)) {
      return this.drop(Dropped.REPLAYED, source);
    }
    const key =
      known?.key ?? new SessionKey(first.secret(), 'response', this.own.id, message.context);
    const plaintext = openEncrypt0(message, key, 'response');
    if (!plaintext) {
      return this.drop(Dropped.FORGED, source);
    }
    const server = known ?? this.meet(name, Buffer.from(message.context), key);
    server.window.take(message.counter);
    return this.take(server, message, plaintext);
  }

  refused(): void {
    this.lost('connection refused');
  }

  close(): void {
    this.leave({ name: 'closed' });
  }

  private take(
    server: ServerSession,
    { counter }: Encrypt0,
    plaintext: Buffer,
  ): Buffer | undefined {
    const token = tokenOf(plaintext);
    if (token) {
      this.challenged(server, counter, token);
      return undefined;
    }
    if (plaintext.length === 0) {
      this.welcomed(server, counter);
      return undefined;
    }
    return plaintext;
  }

  /** A server does not know the session, or not any more. */
  private challenged(server: ServerSession, counter: number, token: Buffer): void {
    const { state } = this;
    const isOld = state.name === 'known' && state.server === server && counter < state.counter;
    if (isOld || this.answered?.equals(token)) {
      return;
    }
    this.lost('the server does not know the session any more');
    if (this.state.name === 'proving' || this.state.name === 'group') {
      // A group has many members, whose tokens all differ.
      this.answered = Buffer.from(token);
      this.sendToAll(withToken(token));
    }
  }

  private welcomed(server: ServerSession, counter: number): void {
    if (this.state.name === 'proving') {
      this.requests = this.sealerFor(audienceOf(server.id));
      this.backOff.succeeded();
      this.leave({ name: 'known', server, counter });
      this.owner.up();
    }
  }

  private lost(reason: string): void {
    if (this.state.name === 'known') {
      this.prove();
      this.owner.down(reason);
    }
  }

  /** Asks the server whether it knows the session, until it does. */
  private prove(): void {
    this.probes = 0;
    this.requests = this.forAll;
    this.probe();
  }

  private readonly probe = (): void => {
    this.answered = undefined;
    this.leave({ name: 'proving', timer: setTimeout(this.probe, this.backOff.failed()) });
    if (++this.probes === SILENCE) {
      this.owner.silent();
    }
    this.sendToAll(EMPTY);
  };

  private leave(next: State): void {
    if (this.state.name === 'proving') {
      clearTimeout(this.state.timer);
    }
    this.state = next;
  }

  private sendToAll(plaintext: Buffer): void {
    this.owner.send(this.forAll.seal(plaintext, this.own.next()), '');
  }

  private meet(name: string, id: Buffer, key: SessionKey): ServerSession {
    const server = { id, key, window: new ReplayWindow() };
    this.servers.set(name, server);
    if (this.servers.size > MOST_SERVERS) {
      this.owner.ended();
    }
    return server;
  }

  private sealerFor(audience: Buffer): Encrypt0Sealer {
    const [{ id }] = this.keys;
    const context = Buffer.concat([this.own.id, audience]);
    return new Encrypt0Sealer(this.key, id, context, 'request');
  }

  private drop(reason: string, source: string): undefined {
    this.owner.dropped(reason, source);
  }
}
