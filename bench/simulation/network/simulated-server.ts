import { Codec, LARGEST_LIMITS } from '../../../lib/cbor/codec.js';
import { NO_HEADER } from '../../../lib/protocol/header.js';
import { MessageType, type RequestId } from '../../../lib/protocol/message.js';
import { MessageReader } from '../../../lib/protocol/message-reader.js';
import { MessageWriter } from '../../../lib/protocol/message-writer.js';
import { CLOSING } from '../../../lib/server/calls/refusal.js';
import { Load } from '../../../lib/server/calls/load.js';
import type { SeededRandom } from '../time/seeded-random.js';
import type { VirtualTime } from '../time/virtual-time.js';
import type { Host, HostEnd } from './network.js';

/** What handlers are like. */
export interface Service {
  /** How many run at a time; the others wait. */
  readonly concurrency: number;
  /** How long they take on average, in milliseconds. */
  readonly mean: number;
  /** How far that varies: the standard deviation of its logarithm. */
  readonly sigma: number;
}

/** How often a server that closes looks whether it has ended all its calls, in milliseconds. */
const IDLE_CHECK = 25;

/** How long it refuses what was on its way before its connections end, in milliseconds: as the product. */
const CLOSE_GRACE = 100;

/** What clients learn when they connect: that this server speaks the extension. */
const HELLO = { instance: Buffer.alloc(8), heartbeat: 5000 };

interface IncomingCall {
  readonly id: RequestId;
  readonly connection: HostEnd;
}

/**
 * The state of a server. Only the server itself changes it.
 *
 * ```text
 *   running ──drain()──▶ draining ──idle──▶ gone
 *      ├───────────────── die() ────────────▲
 *      └──vanish()──▶ vanished
 * ```
 *
 * - `running`: it takes calls.
 * - `draining`: it has said goodbye, refuses calls, and ends those that it has.
 * - `gone`: its process has ended. Its machine says so.
 * - `vanished`: nothing comes from its machine.
 */
type State = 'running' | 'draining' | 'gone' | 'vanished';

const codec = new Codec(LARGEST_LIMITS);
const reader = new MessageReader(codec);
const writer = new MessageWriter(codec);

/** A server whose handlers take random times. It speaks the product's protocol. */
export class SimulatedServer implements Host {
  /** How many calls it has responded to. */
  handled = 0;
  /** By how much its handlers are slower than usual. */
  slowness = 1;
  private state: State = 'running';
  private readonly connections = new Set<HostEnd>();
  private readonly waiting: IncomingCall[] = [];
  private running = 0;
  private readonly load = new Load();

  constructor(
    readonly address: string,
    readonly zone: string,
    private readonly service: Service,
    private readonly time: VirtualTime,
    private readonly random: SeededRandom,
  ) {}

  get isRunning(): boolean {
    return this.state === 'running';
  }

  get reachability(): Host['reachability'] {
    switch (this.state) {
      case 'running':
      case 'draining':
        return 'listening';
      case 'gone':
        return 'refusing';
      default:
        return 'silent';
    }
  }

  /** How many clients are connected. */
  get clients(): number {
    return this.connections.size;
  }

  connected(connection: HostEnd): void {
    this.connections.add(connection);
    connection.send(writer.hello(HELLO).bytes);
  }

  disconnected(connection: HostEnd): void {
    this.connections.delete(connection);
  }

  received(connection: HostEnd, payload: Buffer): void {
    for (const message of reader.read(payload).messages) {
      if (message.type === MessageType.REQUEST) {
        this.request({ id: message.id, connection });
      } else if (message.type === MessageType.CANCEL) {
        this.cancel(message.id, connection);
      } else if (message.type === MessageType.PING) {
        connection.send(writer.pong(message.token).bytes);
      }
    }
  }

  /** Says goodbye, ends its calls, and closes. */
  drain(): void {
    this.state = 'draining';
    this.connections.forEach((connection) => connection.send(writer.goodbye().bytes));
    this.closeWhenIdle();
  }

  /** Its process is killed. */
  die(): void {
    this.state = 'gone';
    this.connections.forEach((connection) => connection.close());
    this.connections.clear();
    this.waiting.length = 0;
  }

  /** Its machine or its network is lost: nobody hears of it. */
  vanish(): void {
    this.state = 'vanished';
    this.waiting.length = 0;
  }

  private request(call: IncomingCall): void {
    this.load.arrived(this.running + this.waiting.length, this.time.now);
    if (this.state !== 'running') {
      const { error } = CLOSING;
      const header = { code: error.code, refused: true };
      call.connection.send(writer.error(call.id, error, header).bytes);
    } else if (this.running < this.service.concurrency) {
      this.run(call);
    } else {
      this.waiting.push(call);
    }
  }

  /** A handler that runs goes on: it need not know of cancellation. */
  private cancel(id: RequestId, connection: HostEnd): void {
    const index = this.waiting.findIndex(
      (call) => call.id === id && call.connection === connection,
    );
    if (index >= 0) {
      this.waiting.splice(index, 1);
    }
  }

  private run(call: IncomingCall): void {
    this.running++;
    const { mean, sigma } = this.service;
    this.time.after(this.random.logNormal(mean, sigma) * this.slowness, () => this.end(call));
  }

  private end({ id, connection }: IncomingCall): void {
    this.running--;
    if (this.state === 'gone' || this.state === 'vanished') {
      return;
    }
    this.handled++;
    const load = this.load.for(connection);
    connection.send(writer.result(id, null, load === undefined ? NO_HEADER : { load }).bytes);
    const next = this.waiting.shift();
    if (next) {
      this.run(next);
    }
  }

  private closeWhenIdle(): void {
    if (this.running > 0) {
      this.time.after(IDLE_CHECK, () => this.closeWhenIdle());
    } else {
      this.time.after(CLOSE_GRACE, () => this.state === 'draining' && this.die());
    }
  }
}
