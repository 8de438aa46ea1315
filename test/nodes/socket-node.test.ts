import { join } from 'node:path';
import { describe } from 'vitest';
import { SocketNode } from '../../lib/nodes/zeromq/socket-node.js';
import { describeNode } from './node-contract.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder();
let count = 0;

const addresses: Readonly<Record<string, () => string>> = {
  tcp: () => 'tcp://127.0.0.1:*',
  ipc: () => `ipc://${join(folder, `socket-${count++}`)}`,
  inproc: () => `inproc://contract-${count++}`,
};

describe.each(Object.entries(addresses))('a SocketNode over %s', (_, newAddress) => {
  describeNode(
    'between ROUTER and DEALER',
    () => ({
      server: new SocketNode({ type: 'router', bind: [newAddress()] }),
      client: (connect) => new SocketNode({ type: 'dealer', connect, identity: 'client' }),
    }),
    { frames: true, largest: 1024 * 1024 },
  );

  describeNode(
    'from PUB to SUB',
    () => ({
      server: new SocketNode({ type: 'pub', bind: [newAddress()] }),
      client: (connect) => new SocketNode({ type: 'sub', connect, topics: [''] }),
    }),
    { sender: 'server', frames: true, largest: 1024 * 1024 },
  );
});
