import { BackOff } from '../../../lib/nodes/back-off.js';
import type {
  Node,
  NodeCapabilities,
  NodeListener,
  OutgoingMessage,
} from '../../../lib/nodes/node.js';
import { DIRECT } from '../../../lib/protocol/wire-constants.js';
import type { Caller, Connection, Network } from './network.js';

/** An attempt that has neither succeeded nor failed by then has failed, in milliseconds: as with libzmq. */
const CONNECT_TIMEOUT = 10_000;

const CAPABILITIES: NodeCapabilities = {
  ordered: true,
  multipart: true,
  oneToMany: false,
  detectsLoss: true,
  maxFrame: Infinity,
  sealSize: 0,
};

/**
 * The state of a node. Only the node itself changes it.
 *
 * ```text
 *            open()               connected
 *   closed ─────────▶ connecting ───────────▶ up
 *     ▲                 │   ▲                  │
 *     │          failed ▼   │ timer            │ lost
 *     │                waiting ◀───────────────┤
 *     └──────────────── close() ───────────────┘
 * ```
 */
type State =
  | { readonly name: 'closed' }
  | { readonly name: 'connecting'; readonly attempt: Connection; readonly timer: NodeJS.Timeout }
  | { readonly name: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly name: 'up'; readonly connection: Connection; readonly since: number };

const CLOSED: State = { name: 'closed' };

/** A node that connects over a {@link Network}, and tries again with the pauses of the product. */
export class SimulatedNode implements Node, Caller {
  sendCount = 0;
  receiveCount = 0;
  readonly addresses: readonly string[] = [];
  readonly sockets: readonly unknown[] = [];
  readonly capabilities = CAPABILITIES;
  private state: State = CLOSED;
  private readonly backOff = new BackOff();
  private listener: NodeListener | undefined;
  /** What was posted while it was not up. */
  private waiting: OutgoingMessage[] = [];

  constructor(
    private readonly network: Network,
    private readonly zone: string,
    private readonly address: string,
  ) {}

  get closed(): boolean {
    return this.state.name === 'closed';
  }

  open(listener: NodeListener): Promise<void> {
    if (this.closed) {
      this.listener = listener;
      this.sendCount = this.receiveCount = 0;
      this.attempt();
    }
    return Promise.resolve();
  }

  reopen(reason: string): void {
    const wasUp = this.state.name === 'up';
    if (!this.closed) {
      this.leave();
      this.attempt();
      if (wasUp) {
        this.listener?.down?.(reason);
      }
    }
  }

  post(message: OutgoingMessage): void {
    if (this.state.name === 'up') {
      this.transmit(message, this.state.connection);
    } else {
      this.waiting.push(message);
    }
  }

  /** Only calls and what belongs to them are sent here, by `post`. */
  send(): Promise<void> {
    return Promise.reject(new Error('a simulated node takes messages by post()'));
  }

  withdraw(): OutgoingMessage[] {
    const { waiting } = this;
    this.waiting = [];
    return waiting;
  }

  whenWritable(): undefined {
    return undefined;
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.leave();
    this.state = CLOSED;
    this.waiting = [];
  }

  connected(): void {
    const { state } = this;
    if (state.name === 'connecting') {
      clearTimeout(state.timer);
      const connection = state.attempt;
      this.state = { name: 'up', connection, since: performance.now() };
      this.listener?.reached?.(this.address);
      this.listener?.up?.();
      this.withdraw().forEach((message) => this.transmit(message, connection));
    }
  }

  received(payload: Buffer): void {
    this.receiveCount++;
    this.listener?.message(DIRECT, [payload]);
  }

  lost(reason: string): void {
    const { state } = this;
    if (state.name === 'up') {
      this.retryAfter(this.backOff.lost(performance.now() - state.since));
      this.listener?.down?.(reason);
    }
  }

  refused(): void {
    this.failed();
  }

  private attempt(): void {
    const attempt = this.network.connect(this.address, this.zone, this);
    const timer = setTimeout(() => this.failed(), CONNECT_TIMEOUT);
    this.state = { name: 'connecting', attempt, timer };
  }

  private failed(): void {
    this.leave();
    this.retryAfter(this.backOff.failed());
    this.listener?.unreachable?.(this.address);
  }

  private retryAfter(delay: number): void {
    this.state = { name: 'waiting', timer: setTimeout(() => this.attempt(), delay) };
  }

  /** Gives up its connection, its attempt at one, or its pause before that. */
  private leave(): void {
    const { state } = this;
    switch (state.name) {
      case 'connecting':
        clearTimeout(state.timer);
        state.attempt.hangUp();
        break;
      case 'waiting':
        clearTimeout(state.timer);
        break;
      case 'up':
        state.connection.hangUp();
        break;
      default:
    }
  }

  private transmit(message: OutgoingMessage, connection: Connection): void {
    if (!message.abandoned) {
      const now = performance.now();
      message.route.sentAt = now;
      const [payload] = message.frames(now);
      this.sendCount++;
      message.sent();
      connection.post(payload as Buffer);
    }
  }
}
