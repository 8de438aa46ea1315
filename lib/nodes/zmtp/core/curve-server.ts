import { randomBytes } from 'node:crypto';
import { type Command, writeCommand } from './command.js';
import {
  BOX_OVERHEAD,
  KEY_SIZE,
  type KeyPair,
  makeKeyPair,
  openBox,
  sealBox,
  sharedKey,
} from './curve-box.js';
import { HELLO_START, HELLO_TEXT } from './curve-client.js';
import { CurveMessages } from './curve-message.js';
import {
  LONG_NONCE,
  NonceCheck,
  NonceCounter,
  SHORT_NONCE,
  longNonce,
  nonceOf,
} from './curve-nonce.js';
import type { Mechanism, MechanismStep } from './mechanism.js';
import { AuthenticationError, ProtocolError } from './protocol-error.js';

/** The size of the data of a HELLO, and where its parts begin. */
const HELLO_SIZE = 194;
const HELLO_KEY = HELLO_START.length;
const HELLO_NONCE = HELLO_KEY + KEY_SIZE;
const HELLO_BOX = HELLO_NONCE + SHORT_NONCE;

/** The sizes of a cookie and of a vouch, which are a nonce and a box of two keys. */
const TWO_KEYS = LONG_NONCE + BOX_OVERHEAD + 2 * KEY_SIZE;

/** Where the parts of an INITIATE begin. */
const INITIATE_NONCE = TWO_KEYS;
const INITIATE_BOX = INITIATE_NONCE + SHORT_NONCE;
const INITIATE_SIZE = INITIATE_BOX + BOX_OVERHEAD + KEY_SIZE + TWO_KEYS;

/** What a client has proven, and said. */
interface Proven {
  /** Of both transient key pairs. */
  readonly key: Uint8Array;
  readonly metadata: Buffer;
}

/**
 * What a server waits for (26/CURVEZMQ).
 *
 * ```text
 *          HELLO           INITIATE              admit()
 *   hello ───────▶ initiate ───────▶ authorizing ───────▶ done
 * ```
 *
 * - `initiate`: WELCOME is sent. Nothing is known of the client but what its cookie tells, and the key of
 *   that serves for this connection alone: a handshake that somebody has heard is worth nothing on
 *   another.
 * - `authorizing`: the client has proven its key. Whether it may come in is to be decided.
 * - `done`: it may.
 */
type State =
  | { readonly name: 'hello' | 'done' }
  | { readonly name: 'initiate'; readonly cookieKey: Buffer }
  | { readonly name: 'authorizing'; readonly proven: Proven };

/** The server's side of CURVE, for one connection. */
export class CurveServer implements Mechanism {
  private state: State = { name: 'hello' };
  private readonly theirNonces = new NonceCheck();

  constructor(
    private readonly keys: KeyPair,
    private readonly metadata: Buffer,
  ) {}

  begin(): undefined {
    return undefined;
  }

  receive({ name, data }: Command): MechanismStep {
    const { state } = this;
    if (state.name === 'hello' && name === 'HELLO') {
      return this.hello(data);
    }
    if (state.name === 'initiate' && name === 'INITIATE') {
      return this.initiate(data, state.cookieKey);
    }
    throw new ProtocolError(`${name} comes out of order`, '');
  }

  /** READY: nonce, Box [metadata](S'->C'). */
  admit(): MechanismStep {
    if (this.state.name !== 'authorizing') {
      throw new Error(`nobody asks to come in: ${this.state.name}`);
    }
    const { key, metadata } = this.state.proven;
    const ours = new NonceCounter();
    const nonce = ours.write(Buffer.alloc(SHORT_NONCE), 0);
    const box = sealBox(this.metadata, nonceOf('CurveZMQREADY---', nonce), key);
    this.state = { name: 'done' };
    return {
      reply: writeCommand('READY', nonce, box),
      metadata,
      protection: new CurveMessages({ isServer: true, key, ours, theirs: this.theirNonces }),
    };
  }

  /** HELLO: version, padding, C', nonce, Box [64 * %x0](C'->S). */
  private hello(data: Buffer): MechanismStep {
    if (data.length !== HELLO_SIZE || data.compare(HELLO_START, 0, HELLO_KEY, 0, HELLO_KEY) !== 0) {
      throw new ProtocolError('HELLO is malformed', '');
    }
    const nonce = data.subarray(HELLO_NONCE, HELLO_BOX);
    const theirs = data.subarray(HELLO_KEY, HELLO_NONCE);
    const key = sharedKey(theirs, this.keys.secretKey);
    const text = openBox(data.subarray(HELLO_BOX), nonceOf('CurveZMQHELLO---', nonce), key);
    if (!text?.equals(HELLO_TEXT)) {
      // libzmq says nothing here. The status tells its clients, and ours, that they have a wrong key.
      throw new AuthenticationError('the other side wants a server with another key', '400');
    }
    this.theirNonces.take(nonce);
    return { reply: this.welcome(theirs, key) };
  }

  /** WELCOME: nonce, Box [S' + cookie](S->C'). The cookie: nonce, Box [C' + s'](K). */
  private welcome(theirs: Buffer, key: Uint8Array): Buffer {
    const { publicKey, secretKey } = makeKeyPair();
    const cookieKey = randomBytes(KEY_SIZE);
    const cookieNonce = longNonce();
    const remembered = Buffer.concat([theirs, secretKey]);
    const cookie = sealBox(remembered, nonceOf('COOKIE--', cookieNonce), cookieKey);
    const nonce = longNonce();
    const text = Buffer.concat([publicKey, cookieNonce, cookie]);
    this.state = { name: 'initiate', cookieKey };
    return writeCommand('WELCOME', nonce, sealBox(text, nonceOf('WELCOME-', nonce), key));
  }

  /** INITIATE: cookie, nonce, Box [C + vouch + metadata](C'->S'). */
  private initiate(data: Buffer, cookieKey: Buffer): MechanismStep {
    const cookie = data.length < INITIATE_SIZE ? undefined : openLong('COOKIE--', data, cookieKey);
    if (!cookie) {
      throw new ProtocolError('INITIATE is malformed', '');
    }
    const transient = cookie.subarray(0, KEY_SIZE);
    const secret = cookie.subarray(KEY_SIZE);
    const nonce = data.subarray(INITIATE_NONCE, INITIATE_BOX);
    const key = sharedKey(transient, secret);
    const text = openBox(data.subarray(INITIATE_BOX), nonceOf('CurveZMQINITIATE', nonce), key);
    if (!text) {
      throw new ProtocolError('INITIATE cannot be decrypted', '');
    }
    this.theirNonces.take(nonce);
    const publicKey = text.subarray(0, KEY_SIZE);
    this.checkVouch(text.subarray(KEY_SIZE), transient, sharedKey(publicKey, secret));
    const metadata = text.subarray(KEY_SIZE + TWO_KEYS);
    this.state = { name: 'authorizing', proven: { key, metadata } };
    return { candidate: { publicKey, metadata } };
  }

  /** The vouch: nonce, Box [C',S](C->S'). */
  private checkVouch(vouch: Buffer, transient: Buffer, key: Uint8Array): void {
    const vouched = openLong('VOUCH---', vouch, key);
    if (!vouched?.equals(Buffer.concat([transient, this.keys.publicKey]))) {
      throw new ProtocolError('the other side does not have the secret of its key', '');
    }
  }
}

/** Opens what begins with a long nonce, and a box of two keys after it. */
function openLong(prefix: string, data: Buffer, key: Uint8Array): Buffer | undefined {
  const nonce = nonceOf(prefix, data.subarray(0, LONG_NONCE));
  return openBox(data.subarray(LONG_NONCE, TWO_KEYS), nonce, key);
}
