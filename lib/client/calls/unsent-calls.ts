import { LinkedSet } from '../../calls/linked-set.js';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { ClientLimits } from '../client-options.js';
import type { Link } from '../links/link.js';
import { type OutgoingCall, oldestFirst } from './outgoing-call.js';

/** What {@link UnsentCalls} asks of its owner. */
export interface UnsentCallsOwner {
  /** Gives a call that waits to a link. @returns false where none takes it now */
  dispatchUnsent(call: OutgoingCall): boolean;
  /** The only link that a call may go to; undefined where any may take it, or none is ready. */
  ownerOf(call: OutgoingCall): Link | undefined;
}

/**
 * Calls to one address that wait for the same, in order: where no link takes the first one, none takes
 * those behind it.
 */
interface Line {
  readonly address: string;
  /** The owner of their keys; or else the names of the links that do not get them, which mostly are none. */
  readonly key: Link | string;
  readonly calls: LinkedSet<OutgoingCall>;
}

/**
 * The calls and events that no link has taken yet, in order, within bounds.
 *
 * They stand in lines by what they wait for. So a change costs what it changes, however many wait: the
 * lines that have waited for it are gone through as far as links take their calls.
 */
export class UnsentCalls {
  private readonly lineOf = new Map<OutgoingCall, Line>();
  /** By address and key. */
  private readonly lines = new Map<string, Map<Link | string, Line>>();
  private bytes = 0;
  /** The addresses whose lines are about to be gone through, and the links that have changed there. */
  private readonly changes = new Map<string, Set<Link>>();

  constructor(
    private readonly limits: ClientLimits,
    private readonly owner: UnsentCallsOwner,
  ) {}

  get size(): number {
    return this.lineOf.size;
  }

  /** Adds a call; it fails with `RESOURCE_EXHAUSTED` when too much waits already. */
  add(call: OutgoingCall): void {
    if (call.abandoned) {
      return;
    }
    const { maxMessages, maxBytes } = this.limits;
    const bytes = this.bytes + call.size;
    if (this.size >= maxMessages || bytes > Math.max(maxBytes, call.size)) {
      call.fail(
        new RemoteCallError(
          'too much waits for a link (options limits.maxMessages and limits.maxBytes)',
          { calls: this.size, bytes: this.bytes },
          { code: 'RESOURCE_EXHAUSTED' },
        ),
      );
      return;
    }
    call.wait();
    this.bytes = bytes;
    this.enter(call, this.owner.ownerOf(call));
  }

  /** Whether calls wait that a new one to this address would overtake. @param owner of its key */
  has(address: Buffer, owner: Link | undefined): boolean {
    return this.lines.get(addressKey(address))?.has(owner ?? '') ?? false;
  }

  delete(call: OutgoingCall): void {
    if (this.leave(call)) {
      this.bytes -= call.size;
    }
  }

  /** All that wait, in the order in which they were made. They stay here. */
  all(): OutgoingCall[] {
    return oldestFirst([...this.lineOf.keys()]);
  }

  /** A link may have room for calls to an address: at the end of the tick, those that wait for it are tried. */
  retry(link: Link, address: Buffer): void {
    if (this.size > 0) {
      this.changed(link, addressKey(address));
    }
  }

  /** A link takes no calls for now: at the end of the tick, those that wait for it are tried elsewhere. */
  retryElsewhere(link: Link): void {
    for (const address of this.lines.keys()) {
      this.changed(link, address);
    }
  }

  private changed(link: Link, address: string): void {
    if (!this.lines.has(address)) {
      return;
    }
    if (this.changes.size === 0) {
      process.nextTick(this.retryChanged);
    }
    const links = this.changes.get(address) ?? new Set<Link>();
    this.changes.set(address, links.add(link));
  }

  private readonly retryChanged = (): void => {
    const changes = [...this.changes];
    this.changes.clear();
    for (const [address, links] of changes) {
      const lines = [...(this.lines.get(address)?.values() ?? [])];
      lines
        .filter(({ key }) => typeof key === 'string' || links.has(key))
        .toSorted((one, other) => age(one) - age(other))
        .forEach((line) => this.advance(line));
    }
  };

  /** Gives the calls of a line to links, up to the first one that has to go on waiting there. */
  private advance({ key, calls }: Line): void {
    for (let call = calls.first; call; call = calls.first) {
      if (!this.owner.dispatchUnsent(call)) {
        const owner = this.owner.ownerOf(call);
        if (keyOf(call, owner) === key) {
          break;
        }
        this.leave(call);
        this.enter(call, owner);
      }
    }
  }

  private enter(call: OutgoingCall, owner: Link | undefined): void {
    const address = addressKey(call.address);
    const key = keyOf(call, owner);
    const lines = this.lines.get(address) ?? new Map<Link | string, Line>();
    const line = lines.get(key) ?? { address, key, calls: new LinkedSet() };
    this.lines.set(address, lines.set(key, line));
    this.lineOf.set(call, line);
    line.calls.add(call);
  }

  /** @returns whether it has waited */
  private leave(call: OutgoingCall): boolean {
    const line = this.lineOf.get(call);
    if (!line) {
      return false;
    }
    const { address, key, calls } = line;
    this.lineOf.delete(call);
    calls.delete(call);
    if (calls.size === 0) {
      const lines = this.lines.get(address);
      lines?.delete(key);
      if (lines?.size === 0) {
        this.lines.delete(address);
      }
    }
    return true;
  }
}

/** The order in which the first calls of lines were made. */
function age({ calls: { first } }: Line): number {
  return first?.sequence ?? Infinity;
}

function keyOf({ refusedBy }: OutgoingCall, owner: Link | undefined): Link | string {
  return owner ?? refusedBy.map(({ name }) => name).join(' ');
}

function addressKey(address: Buffer): string {
  return address.toString('latin1');
}
