import { join } from 'node:path';
import { describe } from 'vitest';
import { SocketNode } from '../../../lib/nodes/zeromq/socket-node.js';
import { ZmtpNode } from '../../../lib/nodes/zmtp/zmtp-node.js';
import { describeNode } from '../node-contract.js';
import { temporaryFolder } from '../temporary-folder.js';

const folder = temporaryFolder();
let count = 0;

const addresses: Readonly<Record<string, () => string>> = {
  tcp: () => 'tcp://127.0.0.1:*',
  ipc: () => `ipc://${join(folder, `socket-${count++}`)}`,
};

describe.each(Object.entries(addresses))('a ZmtpNode over %s', (_, newAddress) => {
  describeNode(
    'between ROUTER and DEALER',
    () => ({
      server: new ZmtpNode({ type: 'router', bind: [newAddress()] }),
      client: (connect) => new ZmtpNode({ type: 'dealer', connect, identity: 'client' }),
    }),
    { frames: true, largest: 1024 * 1024 },
  );

  describeNode(
    'from PUB to SUB',
    () => ({
      server: new ZmtpNode({ type: 'pub', bind: [newAddress()] }),
      client: (connect) => new ZmtpNode({ type: 'sub', connect, topics: [''] }),
    }),
    { sender: 'server', frames: true, largest: 1024 * 1024 },
  );
});

/** Nodes of both engines understand each other, whichever binds. */
describe.each([
  ['a ZmtpNode bound and a SocketNode connected', ZmtpNode, SocketNode],
  ['a SocketNode bound and a ZmtpNode connected', SocketNode, ZmtpNode],
])('%s', (_, Bound, Connected) => {
  describeNode(
    'between ROUTER and DEALER',
    () => ({
      server: new Bound({ type: 'router', bind: ['tcp://127.0.0.1:*'] }),
      client: (connect) => new Connected({ type: 'dealer', connect, identity: 'client' }),
    }),
    { frames: true, largest: 1024 * 1024 },
  );

  describeNode(
    'from PUB to SUB',
    () => ({
      server: new Bound({ type: 'pub', bind: ['tcp://127.0.0.1:*'] }),
      client: (connect) => new Connected({ type: 'sub', connect, topics: [''] }),
    }),
    { sender: 'server', frames: true, largest: 1024 * 1024 },
  );
});
