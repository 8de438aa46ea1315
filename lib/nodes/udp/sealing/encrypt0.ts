import { Major } from '../../../cbor/head-reader.js';
import { HeadWriter } from '../../../cbor/head-writer.js';
import { type Direction, LABELS } from './direction.js';
import { type SessionKey, TAG_SIZE } from './session-key.js';

/** The tag of a `COSE_Encrypt0` (RFC 9052, section 5.2). */
export const ENCRYPT0 = 16;

/** The labels of the header. */
export const Label = { ALGORITHM: 1, KEY_ID: 4, PARTIAL_IV: 6, KEY_ID_CONTEXT: 10 } as const;

/** AES-GCM with a key of 256 bits (RFC 9053, section 4.1). */
export const A256GCM = 3;

/** Bytes of a `Partial IV`. */
export const COUNTER_SIZE = 4;

/** How many datagrams a session seals at most. */
export const MAX_DATAGRAMS = 2 ** (8 * COUNTER_SIZE);

/** The longest head of a ciphertext in a datagram. */
const CIPHERTEXT_HEAD = 3;

/** Writes CBOR piece by piece. */
class PieceWriter extends HeadWriter {
  /** @param items heads, and bytes that are written as they are */
  piece(...items: (readonly [major: number, argument: number] | Uint8Array)[]): Buffer {
    this.restart();
    for (const item of items) {
      if (item instanceof Uint8Array) {
        this.copy(item, 0, item.length);
      } else {
        this.head(item[0], item[1]);
      }
    }
    const { buffer, start, end } = this.slice();
    return buffer.subarray(start, end);
  }

  bytes(bytes: Uint8Array): Buffer {
    return this.piece([Major.BYTES, bytes.length], bytes);
  }
}

const writer = new PieceWriter();

const ENC_STRUCTURE = Buffer.concat([
  writer.piece([Major.ARRAY, 3], [Major.TEXT, 8]),
  Buffer.from('Encrypt0'),
]);

const EXTERNAL: Readonly<Record<Direction, Buffer>> = {
  request: Buffer.from(writer.bytes(LABELS.request)),
  response: Buffer.from(writer.bytes(LABELS.response)),
};

/** A `COSE_Encrypt0` taken apart. Nothing of it is known to be authentic. */
export interface Encrypt0 {
  readonly keyId: Buffer;
  readonly counter: number;
  readonly context: Buffer;
  /** The protected header as a byte string, with its head. */
  readonly header: Buffer;
  readonly ciphertext: Buffer;
}

/** The plaintext of a `COSE_Encrypt0`; undefined where it is not authentic. */
export function openEncrypt0(
  { header, counter, ciphertext }: Encrypt0,
  key: SessionKey,
  direction: Direction,
): Buffer | undefined {
  return key.decrypt(ciphertext, counter, encStructure(header, direction));
}

/**
 * The bytes that are authenticated beside the plaintext: the `Enc_structure` of RFC 9052, section 5.3.
 *
 * @param header the protected header as a byte string, with its head
 */
function encStructure(header: Buffer, direction: Direction): Buffer {
  return Buffer.concat([ENC_STRUCTURE, header, EXTERNAL[direction]]);
}

/** Makes the `COSE_Encrypt0` of one sender. Of its header the counter alone changes. */
export class Encrypt0Sealer {
  /** What stands before the ciphertext. */
  private readonly start: Buffer;
  private readonly counterInStart: number;
  private readonly additional: Buffer;
  private readonly counterInAdditional: number;

  /** @param context the session of the sender, maybe with that of the receiver */
  constructor(
    private readonly key: SessionKey,
    keyId: Buffer,
    context: Buffer,
    direction: Direction,
  ) {
    const before = Buffer.from(
      writer.piece(
        [Major.MAP, 4],
        [Major.UNSIGNED, Label.ALGORITHM],
        [Major.UNSIGNED, A256GCM],
        [Major.UNSIGNED, Label.KEY_ID],
        [Major.BYTES, keyId.length],
        keyId,
        [Major.UNSIGNED, Label.PARTIAL_IV],
        [Major.BYTES, COUNTER_SIZE],
      ),
    );
    const after = Buffer.from(
      writer.piece([Major.UNSIGNED, Label.KEY_ID_CONTEXT], [Major.BYTES, context.length], context),
    );
    const content = Buffer.concat([before, Buffer.alloc(COUNTER_SIZE), after]);
    const header = writer.bytes(content);
    const counterInHeader = header.length - after.length - COUNTER_SIZE;
    const envelope = Buffer.from(writer.piece([Major.TAG, ENCRYPT0], [Major.ARRAY, 3]));
    this.start = Buffer.concat([envelope, header, writer.piece([Major.MAP, 0])]);
    this.counterInStart = envelope.length + counterInHeader;
    this.additional = encStructure(header, direction);
    this.counterInAdditional = ENC_STRUCTURE.length + counterInHeader;
  }

  /** How many bytes a datagram has at most beside its plaintext. */
  get overhead(): number {
    return this.start.length + CIPHERTEXT_HEAD + TAG_SIZE;
  }

  /** @param counter used once, from 0 to {@link MAX_DATAGRAMS} - 1 */
  seal(plaintext: Uint8Array, counter: number): Buffer {
    const { start, additional } = this;
    additional.writeUInt32BE(counter, this.counterInAdditional);
    const [encrypted, tag] = this.key.encrypt(plaintext, counter, additional);
    const head = writer.piece([Major.BYTES, encrypted.length + tag.length]);
    const datagram = Buffer.concat([start, head, encrypted, tag]);
    datagram.writeUInt32BE(counter, this.counterInStart);
    return datagram;
  }
}
