import { BOX_OVERHEAD, NONCE_SIZE, openBox, sealBox } from './curve-box.js';
import { type NonceCheck, type NonceCounter, SHORT_NONCE } from './curve-nonce.js';
import type { Frame } from './frame-reader.js';
import { ProtocolError } from './protocol-error.js';
import type { OutgoingFrame, Protection } from './protection.js';

/**
 * A MESSAGE (26/CURVEZMQ, "The MESSAGE Command"), which libzmq sends in the frame of a message:
 *
 * ```text
 *    0          8          16              32       33
 *   ┌──────────┬──────────┬───────────────┬────────┬──────
 *   │ 7MESSAGE │  nonce   │ authenticator │ flags  │ data
 *   └──────────┴──────────┴───────────────┴────────┴──────
 *                         ╰─────────── box ───────────────
 * ```
 */
const NAME = Buffer.from('\x07MESSAGE', 'latin1');
const BOX_AT = NAME.length + SHORT_NONCE;
const OVERHEAD = BOX_AT + BOX_OVERHEAD + 1;

/** The flags inside. The RFC has MORE alone; libzmq tells its commands so too. */
const MORE = 1;
const COMMAND = 2;

/** What a nonce begins with, by who sends. */
const PREFIXES = { client: 'CurveZMQMESSAGEC', server: 'CurveZMQMESSAGES' } as const;

/** Up to how many bytes a frame is put together in memory that is used again. */
const MAX_SCRATCH = 64 * 1024;

/** Where flags and data of a frame stand together while it is sealed. All connections share it. */
const scratch = Buffer.alloc(1 + MAX_SCRATCH);

/** Who sends with what, and up to where both have counted. */
export interface MessageKeys {
  readonly isServer: boolean;
  /** Of both transient key pairs. */
  readonly key: Uint8Array;
  readonly ours: NonceCounter;
  readonly theirs: NonceCheck;
}

/** Turns frames into MESSAGE commands and back. */
export class CurveMessages implements Protection {
  readonly overhead = OVERHEAD;

  private readonly head = Buffer.concat([NAME], BOX_AT);
  private readonly sealNonce: Buffer;
  private readonly openNonce: Buffer;

  constructor(private readonly keys: MessageKeys) {
    const { isServer } = keys;
    this.sealNonce = prefixed(isServer ? PREFIXES.server : PREFIXES.client);
    this.openNonce = prefixed(isServer ? PREFIXES.client : PREFIXES.server);
  }

  seal(frame: OutgoingFrame): readonly [head: Uint8Array, box: Uint8Array] {
    const { ours, key } = this.keys;
    ours.write(this.head, NAME.length);
    this.head.copy(this.sealNonce, NONCE_SIZE - SHORT_NONCE, NAME.length);
    return [this.head, sealBox(withFlags(frame), this.sealNonce, key)];
  }

  open({ body }: Frame): Frame {
    if (body.length < OVERHEAD || body.compare(NAME, 0, NAME.length, 0, NAME.length) !== 0) {
      throw new ProtocolError('a frame is not encrypted', '');
    }
    const { theirs, key } = this.keys;
    theirs.take(body.subarray(NAME.length, BOX_AT));
    body.copy(this.openNonce, NONCE_SIZE - SHORT_NONCE, NAME.length, BOX_AT);
    const text = openBox(body.subarray(BOX_AT), this.openNonce, key);
    if (!text) {
      throw new ProtocolError('a frame was altered on its way', '');
    }
    const flags = text[0] as number;
    if (flags > COMMAND) {
      // All others are reserved, and a command has no MORE (37/ZMTP, "Framing").
      throw new ProtocolError(`a frame cannot have the flags 0x${flags.toString(16)}`, '');
    }
    return { isCommand: flags === COMMAND, hasMore: flags === MORE, body: text.subarray(1) };
  }
}

function prefixed(prefix: string): Buffer {
  return Buffer.concat([Buffer.from(prefix, 'latin1')], NONCE_SIZE);
}

function withFlags({ isCommand, hasMore, body }: OutgoingFrame): Buffer {
  const size = 1 + body.length;
  const text = size <= scratch.length ? scratch.subarray(0, size) : Buffer.allocUnsafeSlow(size);
  text[0] = (isCommand ? COMMAND : 0) | (hasMore ? MORE : 0);
  text.set(body, 1);
  return text;
}
