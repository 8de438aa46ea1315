import { join } from 'node:path';
import { describe } from 'vitest';
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
    { frames: true, holds: true, largest: 1024 * 1024 },
  );

  describeNode(
    'from PUB to SUB',
    () => ({
      server: new ZmtpNode({ type: 'pub', bind: [newAddress()] }),
      client: (connect) => new ZmtpNode({ type: 'sub', connect, topics: [''] }),
    }),
    { sender: 'server', frames: true, holds: true, largest: 1024 * 1024 },
  );
});
