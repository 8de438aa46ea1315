import { Dealer } from 'zeromq';
import { admitPeersOf } from '../../../lib/nodes/zeromq/zap-handler.js';
import { type FuzzTarget, withoutNumbers } from '../target.js';

const KEY = Buffer.alloc(32, 7);

/** Ends the frames of an input. */
const END = 0xfe;

/**
 * The ZAP handler of the engine zeromq, as libzmq asks it. An input is the frames of a request, the
 * domain of the server being written as `D`. Only the key that is allowed comes in.
 */
export async function openZap(): Promise<FuzzTarget> {
  const security = {
    mechanism: 'curve',
    role: 'server',
    publicKey: KEY,
    secretKey: KEY,
    authorize: (key: Buffer) => (key.equals(KEY) ? { name: 'ada', publicKey: 'ada' } : undefined),
    onChange: () => () => undefined,
  } as const;
  const admission = await admitPeersOf(security, () => undefined, new AbortController().signal);
  const libzmq = new Dealer({ linger: 0 });
  libzmq.connect('inproc://zeromq.zap.01');
  const request = ['', '1.0', '1', 'D', '127.0.0.1', 'me', 'CURVE'].map((text) =>
    Buffer.from(text),
  );
  let asked = 0;
  return {
    name: 'zap',
    seeds: [
      join([...request, KEY]),
      join(request),
      join([...request, Buffer.alloc(32)]),
      join([
        ...request.slice(0, 6),
        Buffer.from('PLAIN'),
        Buffer.from('me'),
        Buffer.from('secret'),
      ]),
      join([]),
    ],
    async run(input) {
      const frames = split(input).map((frame) =>
        frame.equals(request[3]!) ? admission.domain : frame,
      );
      await libzmq.send(frames);
      const last = `last ${asked++}`;
      await libzmq.send(['', '1.0', last, admission.domain, '', '', 'NULL']);
      const replies: string[] = [];
      for (;;) {
        const [, , id, status, text, user] = await libzmq.receive();
        if (String(id) === last) {
          return replies.join() || 'no reply';
        }
        const isIn = String(status) === '200';
        if (
          isIn &&
          !(String(user) === 'ada' && frames.some((frame) => KEY.equals(Buffer.from(frame))))
        ) {
          throw new Error('lets somebody in who is not allowed');
        }
        replies.push(withoutNumbers(`${String(status)} ${String(text)}`));
      }
    },
    async close() {
      admission.end();
      libzmq.close();
    },
  };
}

function join(frames: readonly Buffer[]): Buffer {
  return Buffer.concat(frames.flatMap((frame) => [frame, Buffer.of(END)]));
}

function split(input: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let start = 0;
  for (let at = input.indexOf(END); at >= 0; at = input.indexOf(END, start)) {
    frames.push(input.subarray(start, at));
    start = at + 1;
  }
  return [...frames, input.subarray(start)];
}
