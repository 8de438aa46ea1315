import { curveClient, curveServer, udpKey } from 'nestjs-remote';
import { RemoteTransport } from './remote-transport.js';

// The keys of client and server, which are two processes. They protect nothing.
const SERVER = {
  publicKey: 'Fsp}Jt#rFmnPz>o6pVH{-#M*iTC5YV9->wv-Na-P',
  secretKey: '&b2pM(/#lsYW/iO.Nfnn@22<:dztgQn=dy!Dz$NG',
};
const CLIENT = {
  publicKey: '9n[Kn}?c[]g0}kBTH^9y4/7@4!)!}5H[XX#/l*9>',
  secretKey: ':t(XW}%by8PZla6eGr!a94-)^>M?y4nq#5+*:>A(',
};
const UDP_KEY = { id: 'bench', key: Buffer.alloc(32, 'not secret') };

/** ZeroMQ over TCP, encrypted by libzmq. */
export const zeromqCurve = curve('zeromq');

/** ZeroMQ over TCP without libzmq, encrypted by this package. */
export const netCurve = curve('net');

/** UDP, whose datagrams are sealed. */
export const udpKeys = new RemoteTransport(
  'UDP with keys',
  'udp://127.0.0.1:0',
  { timeout: 1000, security: udpKey(UDP_KEY) },
  { security: udpKey(UDP_KEY) },
);

function curve(engine: 'zeromq' | 'net'): RemoteTransport {
  const { secretKey } = CLIENT;
  return new RemoteTransport(
    `engine ${engine} with CURVE`,
    'tcp://127.0.0.1:*',
    { engine, security: curveClient({ serverKey: SERVER.publicKey, secretKey }) },
    {
      engine,
      security: curveServer({ secretKey: SERVER.secretKey, allow: [CLIENT.publicKey] }),
    },
  );
}
