import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

/** What `peer.py` can be. Its docstring lists the arguments and commands of each. */
export type PeerMode =
  | 'service'
  | 'client'
  | 'pub'
  | 'sub'
  | 'router'
  | 'raw-dealer'
  | 'raw-router'
  | 'raw-sub'
  | 'raw-xpub';

/** How to issue a call. */
export interface CallOptions {
  readonly address?: string;
  /** In seconds, as in Python. */
  readonly timeout?: number;
  /** Random unless given. */
  readonly request_id?: number;
}

/** The commands of a peer. `args` is the hex of a CBOR array, empty unless given. */
export type PeerCommand =
  | ({ readonly op: 'call'; readonly method: string; readonly args?: string } & CallOptions)
  | ({ readonly op: 'call_value'; readonly method: string; readonly name: string } & CallOptions)
  | {
      readonly op: 'notify';
      readonly method: string;
      readonly args?: string;
      readonly address?: string;
    }
  | { readonly op: 'subscribe' | 'unsubscribe'; readonly topic: string }
  | { readonly op: 'send'; readonly frames: readonly string[] }
  | { readonly op: 'notes' | 'values' | 'close' };

/** What one of the peer's own values is to Python. */
export interface PeerValue {
  readonly type: string;
  readonly repr: string;
  /** Hex. */
  readonly cbor: string;
}

/** What a peer answers to a command; which members there are depends on the command. */
export interface PeerReply {
  readonly ok: boolean;
  /** Of a result; where `ok` is false, the class of the Python exception. */
  readonly type?: string;
  readonly repr?: string;
  /** The hex of the result's CBOR, null where Python can decode but not encode it. */
  readonly result?: string | null;
  /** Of `call_value`: whether type and value came back the same all the way down. */
  readonly equal?: boolean;
  readonly sent_type?: string;
  readonly sent_repr?: string;
  /** Of `values`. */
  readonly values?: Readonly<Record<string, PeerValue>>;
  /** Of an error. */
  readonly message?: string;
  /** Of an error: the hex of the CBOR of its context. */
  readonly context?: string | null;
}

/** A line that nobody asked for; which members there are depends on the mode. */
export interface PeerEvent {
  /** The method of a notification, `note` or `greeting`. */
  readonly event?: string;
  /** The hex of a CBOR array. */
  readonly args?: string;
  /** Hex. */
  readonly topic?: string;
  /** Of a router's greeting. */
  readonly side?: 'frontend' | 'backend';
  /** Of a router's greeting, in hex. */
  readonly identity?: string;
  /** Of a raw peer, in hex. */
  readonly frames?: readonly string[];
}

interface Ready {
  readonly ready: true;
  readonly endpoint: string;
  readonly frontend?: string;
  readonly backend?: string;
}

type Line = Ready | (PeerReply & { readonly id: number }) | PeerEvent;

interface Waiter<T> {
  resolve(value: T): void;
  reject(reason: Error): void;
}

const PEER = fileURLToPath(new URL('peer.py', import.meta.url));
const INSTALL = 'install pyzmq and cbor2 (Debian: apt-get install python3-zmq python3-cbor2)';

/** How long a peer may take to stop before it is killed, in milliseconds. */
const LAST_RESORT = 10_000;

/**
 * A Python process at the other end of the wire.
 *
 * Starts when its socket is bound or connected, takes commands until it is stopped, and keeps
 * the events that nobody has asked for yet. Once the process has ended, whatever waits for it is
 * rejected with all that it wrote to stderr.
 */
export class PythonPeer {
  /** Where it is reached: wildcard ports are resolved. Of a router, the frontend. */
  endpoint = '';
  /** Of a router. */
  frontend = '';
  /** Of a router. */
  backend = '';
  /** All that Python has logged. */
  stderr = '';

  private readonly ready: Promise<void>;
  private readonly ended: Promise<void>;
  private readonly replies = new Map<number, Waiter<PeerReply>>();
  private readonly events: PeerEvent[] = [];
  private readonly listeners: Waiter<PeerEvent>[] = [];
  private readonly readers = new Set<() => void>();
  private announce: Waiter<void> | undefined;
  private failure: Error | undefined;
  private killed = false;
  private lastId = 0;

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcessWithoutNullStreams,
  ) {
    this.ready = new Promise((resolve, reject) => {
      this.announce = { resolve, reject };
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.readers.forEach((check) => check());
    });
    child.stdin.on('error', () => {}); // The process has gone, which 'close' tells better.
    createInterface({ input: child.stdout }).on('line', (line) =>
      this.take(JSON.parse(line) as Line),
    );
    this.ended = new Promise((resolve) => {
      child.on('error', (error) => this.fail(error.message));
      child.on('close', (code, signal) => {
        this.fail(`ended with ${signal ?? code}`);
        resolve();
      });
    });
  }

  /**
   * Start a peer and wait until its socket is bound or connected.
   *
   * @throws Error with Python's stderr if it ends before that.
   */
  static async start(mode: PeerMode, args: readonly string[] = []): Promise<PythonPeer> {
    const python = findPython();
    if (!python) {
      throw new Error(`no Python peer: ${INSTALL}`);
    }
    const peer = new PythonPeer(mode, spawn(python, ['-u', PEER, mode, ...args]));
    await peer.ready;
    return peer;
  }

  /**
   * Give a command and wait for its reply. Several may be under way at once.
   *
   * A remote error is a reply like any other (`ok` is false); only a process that has ended
   * rejects.
   */
  request(command: PeerCommand): Promise<PeerReply> {
    return new Promise((resolve, reject) => {
      if (this.failure) {
        reject(this.failure);
        return;
      }
      const id = ++this.lastId;
      this.replies.set(id, { resolve, reject });
      this.child.stdin.write(`${JSON.stringify({ ...command, id })}\n`);
    });
  }

  /** Wait for the next event, in the order of their coming. */
  next(): Promise<PeerEvent> {
    return new Promise((resolve, reject) => {
      const event = this.events.shift();
      if (event) {
        resolve(event);
      } else if (this.failure) {
        reject(this.failure);
      } else {
        this.listeners.push({ resolve, reject });
      }
    });
  }

  /** Wait until the peer has logged a text. */
  logged(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (this.stderr.includes(text)) {
          resolve();
        } else if (this.failure) {
          reject(this.failure);
        } else {
          return;
        }
        this.readers.delete(check);
      };
      this.readers.add(check);
      check();
    });
  }

  /** Take events until the peer ends, which then throws unless {@link stop} ended it. */
  async *[Symbol.asyncIterator](): AsyncGenerator<PeerEvent, void, undefined> {
    for (;;) {
      try {
        yield await this.next();
      } catch (error) {
        if (this.child.exitCode === 0) {
          return;
        }
        throw error;
      }
    }
  }

  /**
   * End the peer by ending its stdin, and wait until it has. Idempotent.
   *
   * @throws Error with Python's stderr unless it ended well or was killed on purpose.
   */
  async stop(): Promise<void> {
    this.child.stdin.end();
    const lastResort = setTimeout(() => this.child.kill('SIGKILL'), LAST_RESORT);
    await this.ended;
    clearTimeout(lastResort);
    if (!this.killed && this.child.exitCode !== 0) {
      throw this.failure ?? new Error(`${this.name} did not end`);
    }
  }

  /** End the peer without warning, and wait until it has. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.killed = true;
    this.child.kill(signal);
    await this.ended;
  }

  private take(line: Line): void {
    if ('ready' in line) {
      this.endpoint = line.endpoint;
      this.frontend = line.frontend ?? '';
      this.backend = line.backend ?? '';
      this.announce?.resolve();
    } else if ('id' in line) {
      this.replies.get(line.id)?.resolve(line);
      this.replies.delete(line.id);
    } else {
      const listener = this.listeners.shift();
      if (listener) {
        listener.resolve(line);
      } else {
        this.events.push(line);
      }
    }
  }

  private fail(how: string): void {
    this.failure ??= new Error(`Python peer "${this.name}" ${how}\n${this.stderr}`);
    const waiters = [...this.replies.values(), ...this.listeners.splice(0)];
    this.replies.clear();
    for (const waiter of waiters) {
      waiter.reject(this.failure);
    }
    this.announce?.reject(this.failure);
    this.readers.forEach((check) => check());
  }
}

let python: string | null | undefined;

/** The first Python that can be a peer. */
export function findPython(): string | null {
  python ??=
    ['/usr/bin/python3', 'python3'].find(
      (candidate) => spawnSync(candidate, ['-c', 'import zmq, cbor2']).status === 0,
    ) ?? null;
  return python;
}

/** Whether there is a Python that can be a peer. */
export function pythonAvailable(): boolean {
  return findPython() !== null;
}

/**
 * Vitest's `describe` for what needs a Python peer. Without one the suite is skipped, loudly, but
 * fails in CI, where nobody would hear it.
 */
export const describePython: (name: string, suite: () => void) => void = chooseDescribe();

function chooseDescribe(): (name: string, suite: () => void) => void {
  if (pythonAvailable()) {
    return (name, suite) => {
      describe(name, suite);
    };
  }
  if (process.env['CI']) {
    return (name) => {
      describe(name, () => {
        it('has a Python peer', () => {
          throw new Error(`no Python peer: ${INSTALL}`);
        });
      });
    };
  }
  return (name, suite) => {
    console.warn(`\n!!! SKIPPED without a Python peer: "${name}"\n!!! To run it, ${INSTALL}.\n`);
    describe.skip(name, suite);
  };
}
