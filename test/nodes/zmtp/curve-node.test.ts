import { describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { ZmtpNode } from '../../../lib/nodes/zmtp/zmtp-node.js';
import { describeNode } from '../node-contract.js';
import { temporaryFolder } from '../temporary-folder.js';
import { newParty } from './curve-keys.js';

const folder = temporaryFolder();
let count = 0;

const addresses: Readonly<Record<string, () => string>> = {
  tcp: () => 'tcp://127.0.0.1:*',
  ipc: () => `ipc://${join(folder, `socket-${count++}`)}`,
};

describe.each(Object.entries(addresses))('a ZmtpNode with CURVE over %s', (_, newAddress) => {
  const { server: security, ada } = newParty();

  describeNode(
    'between ROUTER and DEALER',
    () => ({
      server: new ZmtpNode({ type: 'router', bind: [newAddress()], security }),
      client: (connect) =>
        new ZmtpNode({ type: 'dealer', connect, identity: 'client', security: ada }),
    }),
    { frames: true, largest: 1024 * 1024 },
  );

  describeNode(
    'from PUB to SUB',
    () => ({
      server: new ZmtpNode({ type: 'pub', bind: [newAddress()], security }),
      client: (connect) => new ZmtpNode({ type: 'sub', connect, topics: [''], security: ada }),
    }),
    { sender: 'server', frames: true, largest: 1024 * 1024 },
  );
});

it('says that a frame has a largest size', () => {
  const node = new ZmtpNode({ type: 'router', security: newParty().server });
  expect(node.capabilities.maxFrame).toBe(512 * 1024 * 1024);
});
