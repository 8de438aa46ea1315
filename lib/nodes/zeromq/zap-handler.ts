import { randomUUID } from 'node:crypto';
import type { MessageLike, Router } from 'zeromq';
import { reasonOf } from '../../errors/thrown-text.js';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import { parseAddress } from '../address.js';
import { QuietErrors } from '../quiet-errors.js';
import type { CurveServerSecurity } from '../security.js';
import { bindAll, release } from './binding.js';
import { closeBeforeThreadEnds } from './worker-thread.js';
import { zeromq } from './zeromq.js';

/** Where libzmq asks who may come in. A process has one such place. */
const ENDPOINT = 'inproc://zeromq.zap.01';

/** The place of a server at the ZAP handler of this process. */
export interface Admission {
  /** The `zapDomain` of its socket. */
  readonly domain: string;
  /** Its socket is closed. */
  end(): void;
}

/** A server whose peers are asked for. */
interface Member {
  readonly security: CurveServerSecurity;
  readonly errors: QuietErrors;
}

/** How libzmq is answered (27/ZAP). */
type Verdict = readonly [status: '200' | '300' | '400', text: string, user: string];

const REFUSED: Verdict = ['400', 'not allowed', ''];

/** Closes the connection in silence, so that the peer comes back. */
const UNDECIDED: Verdict = ['300', 'cannot tell now', ''];

/** The servers of this process, by their domains. */
const members = new Map<string, Member>();

/** Settles with the socket at {@link ENDPOINT}, which is there while there are members. */
let opening: Promise<Router> | undefined;

/** Settles when the socket before is closed. */
let closing: Promise<unknown> = Promise.resolve();

/**
 * Has the peers of a server authorised, until the admission ends.
 *
 * @param failed gets what says that a peer was refused, or that `authorize` has thrown
 * @param signal ends the wait for {@link ENDPOINT}
 * @throws {RemoteCallError} `INVALID_ARGUMENT` where somebody else answers libzmq in this process
 */
export async function admitPeersOf(
  security: CurveServerSecurity,
  failed: (error: RemoteCallError) => void,
  signal: AbortSignal,
): Promise<Admission> {
  const domain = `nestjs-remote:${randomUUID()}`;
  members.set(domain, { security, errors: new QuietErrors(failed) });
  // A list that is watched is up to date. libzmq cannot end a connection whose key has been revoked.
  const unwatch = security.onChange(() => undefined);
  const end = (): void => {
    if (members.delete(domain)) {
      unwatch();
      closeUnused();
    }
  };
  try {
    await (opening ??= open());
    signal.throwIfAborted();
    return { domain, end };
  } catch (error) {
    end();
    throw error;
  }
}

async function open(): Promise<Router> {
  await closing;
  const socket = new (zeromq().Router)({ linger: 0 });
  closeBeforeThreadEnds(socket);
  try {
    await bindAll(socket, [parseAddress(ENDPOINT)], new AbortController().signal);
  } catch (cause) {
    socket.close();
    throw new RemoteCallError(
      `option security: ${ENDPOINT} is bound by another ZAP handler of this process; remove it, since ` +
        "security answers for itself, or use engine: 'net'",
      { option: 'security' },
      { code: 'INVALID_ARGUMENT', cause },
    );
  }
  answerAll(socket).catch(() => undefined); // Its closing ends it.
  return socket;
}

function closeUnused(): void {
  if (members.size > 0 || !opening) {
    return;
  }
  closing = opening.then(
    (socket) => {
      release([ENDPOINT]);
      socket.close();
    },
    () => undefined,
  );
  opening = undefined;
}

async function answerAll(socket: Router): Promise<void> {
  let sending: Promise<unknown> = Promise.resolve();
  for await (const [peer, empty, version, id, domain, address, , mechanism, key] of socket) {
    const head = [peer, empty, version, id] as MessageLike[];
    void verdictOn(String(domain), String(address), String(mechanism), key).then((verdict) => {
      // One at a time, as zeromq.js wants it.
      sending = sending.then(() => socket.send([...head, ...verdict, ''])).catch(() => undefined);
    });
  }
}

async function verdictOn(
  domain: string,
  address: string,
  mechanism: string,
  key: Buffer | undefined,
): Promise<Verdict> {
  const member = members.get(domain);
  if (!member || mechanism !== 'CURVE' || !key) {
    return REFUSED;
  }
  const { security, errors } = member;
  try {
    const peer = await security.authorize(key, address);
    if (peer) {
      return ['200', 'OK', peer.name];
    }
    errors.add(strangerError(address, 'its public key is not allowed'));
    return REFUSED;
  } catch (cause) {
    errors.add(strangerError(address, `its key cannot be authorized: ${reasonOf(cause)}`, cause));
    return UNDECIDED;
  }
}

function strangerError(remoteAddress: string, reason: string, cause?: unknown): RemoteCallError {
  const place = remoteAddress === '' ? 'a peer of this host' : `a peer at ${remoteAddress}`;
  return new RemoteCallError(
    `${place} is refused: ${reason}`,
    { remoteAddress },
    { code: 'UNAUTHENTICATED', ...(cause !== undefined && { cause }) },
  );
}
