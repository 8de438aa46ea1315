import { onTestFinished } from 'vitest';
import { Dealer, Router, Subscriber, XPublisher } from 'zeromq';
import { PythonPeer } from '../../interop/python-peer.js';
import { ANYWHERE } from './nodes.js';

/** A bare socket of libzmq. */
export interface ForeignSocket {
  /** Where it is bound. */
  endpoint: string;
  send(...frames: readonly (string | Buffer)[]): Promise<unknown>;
  /** The next message, its frames as text with one character for each byte. */
  receive(): Promise<string[]>;
}

export type ForeignType = 'dealer' | 'router' | 'sub' | 'xpub';

/** The keys of a side of CURVE, in Z85. A client has that of its server, too. */
export interface ForeignKeys {
  readonly secretKey: string;
  readonly publicKey: string;
  readonly serverKey?: string;
}

/** Makes a socket that is bound, or connected to an address. It ends with the test. */
export type MakeForeign = (
  type: ForeignType,
  connect?: string,
  curve?: ForeignKeys,
) => Promise<ForeignSocket>;

const TYPES = { dealer: Dealer, router: Router, sub: Subscriber, xpub: XPublisher } as const;

/** A socket of zeromq.js. */
export const fromZeromq: MakeForeign = async (type, connect, curve) => {
  const socket = new TYPES[type]({ linger: 0 });
  onTestFinished(() => socket.close());
  if (curve) {
    socket.curveSecretKey = curve.secretKey;
    if (curve.serverKey === undefined) {
      socket.curveServer = true;
    } else {
      socket.curvePublicKey = curve.publicKey;
      socket.curveServerKey = curve.serverKey;
    }
  }
  if (socket instanceof Subscriber) {
    socket.subscribe('');
  }
  if (connect === undefined) {
    await socket.bind(ANYWHERE);
  } else {
    socket.connect(connect);
  }
  return {
    endpoint: socket.lastEndpoint ?? '',
    send: (...frames) => (socket as Dealer).send([...frames]),
    receive: async () => (await socket.receive()).map((frame) => frame.toString('latin1')),
  };
};

/** A socket of pyzmq. */
export const fromPython: MakeForeign = async (type, connect, curve) => {
  const place = connect === undefined ? ['--bind', ANYWHERE] : ['--connect', connect];
  const peer = await PythonPeer.start(`raw-${type}`, [...place, ...keyArguments(curve)]);
  onTestFinished(() => peer.stop());
  return {
    endpoint: peer.endpoint,
    send: (...frames) => {
      const hex = frames.map((frame) => Buffer.from(frame as string).toString('hex'));
      return peer.request({ op: 'send', frames: hex });
    },
    receive: async () => {
      const { frames = [] } = (await peer.next()) as { frames?: string[] };
      return frames.map((frame) => Buffer.from(frame, 'hex').toString('latin1'));
    },
  };
};

/** The keys as arguments. Each is one, for a key may begin with a dash. */
function keyArguments(curve: ForeignKeys | undefined): string[] {
  return curve === undefined
    ? []
    : [
        `--curve-secret=${curve.secretKey}`,
        `--curve-public=${curve.publicKey}`,
        ...(curve.serverKey === undefined ? [] : [`--curve-server=${curve.serverKey}`]),
      ];
}
