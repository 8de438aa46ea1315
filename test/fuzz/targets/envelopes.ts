import { Codec } from '../../../lib/cbor/codec.js';
import { type Message, MessageType } from '../../../lib/protocol/message.js';
import { MessageReader } from '../../../lib/protocol/message-reader.js';
import { HOSTILE, validPayloads } from '../../robustness/hostile-payloads.js';
import { type FuzzTarget, withoutNumbers } from '../target.js';

/** Frames that may come after a payload. */
const FRAMES: readonly (readonly Buffer[])[] = [
  [],
  [Buffer.of(1, 2, 3)],
  [Buffer.alloc(0), Buffer.alloc(300)],
];

/** Payloads, alone and with frames after them. The reader never throws. */
export function openEnvelopes(): FuzzTarget {
  const reader = new MessageReader(new Codec());
  return {
    name: 'envelopes',
    seeds: [...validPayloads(), ...HOSTILE.values()],
    run(input) {
      const outcomes = FRAMES.map((frames) => {
        const { messages, malformed } = reader.read(input, frames);
        messages.forEach(check);
        const types = messages.slice(0, 4).map(({ type }) => type);
        return `${types.join()} ${withoutNumbers(malformed?.reason ?? '')}`;
      });
      return outcomes.join('; ');
    },
  };
}

/** Checks that a message has what whoever takes it relies on. */
function check(message: Message): void {
  const isRight =
    message.type === MessageType.REQUEST || message.type === MessageType.NOTIFICATION
      ? typeof message.method === 'string' && Array.isArray(message.args)
      : message.type !== MessageType.RESPONSE ||
        message.error === undefined ||
        (typeof message.error.message === 'string' && typeof message.error.context === 'object');
  if (!isRight) {
    throw new Error(`a message lacks something: ${JSON.stringify(message)}`);
  }
}
