import { expect, it } from 'vitest';
import { startService } from '../support/nest.js';
import { CalculatorController } from './calculator.controller.js';
import { describePython } from './python-peer.js';
import { startPeer } from './start-peer.js';

describePython('A Python client', () => {
  it('gets the plain answer to $/ping', async () => {
    const { address } = await startService({ controllers: [CalculatorController] });
    const peer = await startPeer('client', '--connect', address);
    const reply = await peer.request({ op: 'call', method: '$/ping', address: 'whatever' });
    expect(reply).toMatchObject({
      ok: true,
      type: 'dict',
      repr: expect.stringMatching(
        /^\{'instance': '[0-9a-f]{32}', 'uptime': \d+, 'inFlight': 0\}$/,
      ) as string,
    });
  });
});
