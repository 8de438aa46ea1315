import {
  type KeyPair,
  loadBoxes,
  sealBox,
  sharedKey,
} from '../../../lib/nodes/zmtp/core/curve-box.js';
import { HELLO_START, HELLO_TEXT } from '../../../lib/nodes/zmtp/core/curve-client.js';
import {
  curveClientMechanism,
  curveServerMechanism,
} from '../../../lib/nodes/zmtp/core/curve-mechanism.js';
import { nonceOf } from '../../../lib/nodes/zmtp/core/curve-nonce.js';
import { writeCommand } from '../../../lib/nodes/zmtp/core/command.js';
import { writeGreeting } from '../../../lib/nodes/zmtp/core/greeting.js';
import { readKeyPair } from '../../../lib/security/curve-key.js';
import type { FuzzTarget } from '../target.js';
import { TRAFFIC, sessions } from './zmtp.js';

/** The sizes of the commands after HELLO, whose boxes differ each time. */
const COMMANDS = { WELCOME: 160, INITIATE: 300, READY: 80, MESSAGE: 60 } as const;

/** Conversations with CURVE, from both sides. None of them knows a key. */
export async function openCurveZmtp(): Promise<FuzzTarget> {
  await loadBoxes();
  const [server, client, transient] = [keyPair(1), keyPair(2), keyPair(3)];
  const nonce = Buffer.from('0000000000000001', 'hex');
  const key = sharedKey(server.publicKey, transient.secretKey);
  const signature = sealBox(HELLO_TEXT, nonceOf('CurveZMQHELLO---', nonce), key);
  const hello = writeCommand('HELLO', HELLO_START, transient.publicKey, nonce, signature);
  const others = Object.entries(COMMANDS).map(([name, size]) =>
    writeCommand(name, Buffer.alloc(size, size)),
  );
  const greetings = [true, false].map((isServer) => writeGreeting('CURVE', isServer));
  return sessions(
    'zmtp-curve',
    [
      { mechanism: curveServerMechanism(server) },
      { mechanism: curveClientMechanism({ ...client, serverKey: server.publicKey }) },
    ],
    greetings.flatMap((greeting) => [
      Buffer.concat([greeting, hello, ...others]),
      ...others.map((command) => Buffer.concat([greeting, command, ...TRAFFIC])),
    ]),
  );
}

/** The same for the same byte. */
function keyPair(byte: number): KeyPair {
  return readKeyPair(Buffer.alloc(32, byte), undefined);
}
