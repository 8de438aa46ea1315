import type { DatagramKeys } from '../../../lib/nodes/security.js';
import { Encrypt0Sealer } from '../../../lib/nodes/udp/sealing/encrypt0.js';
import { SealedClient } from '../../../lib/nodes/udp/sealing/sealed-client.js';
import { SealedServer } from '../../../lib/nodes/udp/sealing/sealed-server.js';
import { SessionKey } from '../../../lib/nodes/udp/sealing/session-key.js';
import type { FuzzTarget } from '../target.js';

const SECRET = Buffer.alloc(32, 7);
const KEY_ID = Buffer.from('k');
const KEYS: DatagramKeys['keys'] = [{ id: KEY_ID, secret: () => SECRET }];
const SESSION = Buffer.alloc(16, 9);
const ADDRESS = '127.0.0.1:1';

/** The first byte of an input: what follows travels as it is, or as the owner of the key seals it. */
const AS_IT_IS = 0;
const SEALED = 1;

/** What a session seals: a probe, a proof of a token that is none, and payloads. */
const PLAINTEXTS: readonly Buffer[] = [
  Buffer.alloc(0),
  Buffer.alloc(17, 0x50),
  Buffer.from('8301617880', 'hex'),
  Buffer.alloc(400, 0x81),
];

/**
 * Datagrams at both ends of `udp://` with keys. What no owner of the key has sealed is dropped: it is
 * not delivered, and nobody answers it.
 */
export function openSealedDatagrams(): FuzzTarget {
  const authentic = PLAINTEXTS.map((plaintext, counter) => seal(SESSION, plaintext, counter));
  const known = new Set(authentic.map((datagram) => datagram.toString('latin1')));
  return {
    name: 'sealed-datagrams',
    seeds: [
      ...authentic.map((datagram) => Buffer.concat([Buffer.of(AS_IT_IS), datagram])),
      ...PLAINTEXTS.map((plaintext) =>
        Buffer.concat([Buffer.of(SEALED, SESSION.length), SESSION, plaintext]),
      ),
    ],
    run(input) {
      const isSealed = input[0] === SEALED;
      const datagram = isSealed ? sealedBy(input.subarray(1)) : input.subarray(1);
      const [atServer, atClient] = [openedBy('server', datagram), openedBy('client', datagram)];
      const isAuthentic = isSealed || known.has(datagram.toString('latin1'));
      if (!isAuthentic && !(atServer.startsWith('dropped') && atClient.startsWith('dropped'))) {
        throw new Error(`takes what nobody has sealed: ${atServer}; ${atClient}`);
      }
      return `${atServer}; ${atClient}`;
    },
  };
}

/** What an end that has just opened does with a datagram. */
function openedBy(end: 'client' | 'server', datagram: Buffer): string {
  const said: string[] = [];
  const owner = {
    send: () => void said.push('answered'),
    up: () => void said.push('up'),
    down: () => void said.push('down'),
    dropped: (reason: string) => void said.push(`dropped: ${reason}`),
    silent: () => undefined,
    ended: () => void said.push('ended'),
  };
  const opener =
    end === 'server' ? new SealedServer(KEYS, owner) : new SealedClient(KEYS, false, owner);
  if (opener.open(datagram, ADDRESS)) {
    said.push('delivered');
  }
  return said.join();
}

/** Takes the size of a context, the context, and what is sealed with it. */
function sealedBy(input: Buffer): Buffer {
  const end = 1 + (input[0] ?? 0);
  return seal(input.subarray(1, end), input.subarray(end), 0);
}

function seal(context: Buffer, plaintext: Buffer, counter: number): Buffer {
  const key = new SessionKey(SECRET, 'request', context.subarray(0, SESSION.length));
  return new Encrypt0Sealer(key, KEY_ID, context, 'request').seal(plaintext, counter);
}
