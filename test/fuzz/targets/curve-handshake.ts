import { loadBoxes } from '../../../lib/nodes/zmtp/core/curve-box.js';
import type { SessionEvent } from '../../../lib/nodes/zmtp/core/session-event.js';
import { CurvePair, type HandshakeCommand } from '../../nodes/zmtp/curve-pair.js';
import { drain } from '../../nodes/zmtp/wire.js';
import { type FuzzTarget, withoutNumbers } from '../target.js';

const COMMANDS = ['HELLO', 'WELCOME', 'INITIATE', 'READY'] as const;

/** What the second byte of an input does with the command that the first one names. */
const CHANGES = ['keep', 'flip', 'cut', 'put', 'append', 'replace'] as const;

/**
 * Handshakes of CURVE between a client and a server, one of whose commands is changed on its way.
 *
 * An input is the command, the change, a place in the command, and bytes. A changed command must not
 * let anybody in.
 */
export async function openCurveHandshake(): Promise<FuzzTarget> {
  await loadBoxes();
  return {
    name: 'curve-handshake',
    seeds: COMMANDS.flatMap((_, command) =>
      CHANGES.map((__, change) => Buffer.of(command, change, 12, 1, 2, 3)),
    ),
    run(input) {
      const command = COMMANDS[(input[0] ?? 0) % COMMANDS.length] as HandshakeCommand;
      let isChanged = false;
      const pair = new CurvePair({
        alter: {
          [command]: (frame: Buffer) => {
            const altered = changed(frame, input);
            isChanged = !altered.subarray(0, frame.length).equals(frame);
            return altered;
          },
        },
      });
      const isToServer = command === 'HELLO' || command === 'INITIATE';
      const [atReceiver, receiver] = isToServer
        ? [pair.atServer, pair.server]
        : [pair.atClient, pair.client];
      atReceiver.push(...drain(receiver));
      if (isChanged && atReceiver.some(({ type }) => type === 'ready')) {
        throw new Error(`a changed ${command} lets the other side in`);
      }
      return `${command}: ${outcomeOf(atReceiver)}`;
    },
  };
}

function changed(frame: Buffer, input: Buffer): Buffer {
  const bytes = input.subarray(3);
  const at = Math.floor(((input[2] ?? 0) / 256) * frame.length);
  const [head, tail] = [frame.subarray(0, at), frame.subarray(at)];
  switch (CHANGES[(input[1] ?? 0) % CHANGES.length]) {
    case 'flip':
      return Buffer.concat([head, flipped(tail, bytes)]);
    case 'cut':
      return head;
    case 'put':
      return Buffer.concat([head, bytes, tail.subarray(bytes.length)]);
    case 'append':
      return Buffer.concat([frame, bytes]);
    case 'replace':
      return bytes;
    default:
      return frame;
  }
}

function flipped(bytes: Buffer, by: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, at) => byte ^ (by[at] ?? 0)));
}

function outcomeOf(events: readonly SessionEvent[]): string {
  const types = [...new Set(events.map(({ type }) => type))].join();
  const last = events.at(-1);
  return last?.type === 'failed' ? `${types} ${withoutNumbers(last.error.message)}` : types;
}
