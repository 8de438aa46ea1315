import { describe, expect, it } from 'vitest';
import { ipcAddress } from '../robustness/processes.js';
import { createClient } from '../support/nest.js';
import { RunningCommand, runListening } from './running-command.js';

describe('a reader that has seen enough', () => {
  it('ends call without an error', async () => {
    const { address } = await runListening('serve-echo', await ipcAddress());
    const call = new RunningCommand('call', address, 'echo', '1', '--repeat', '100000000');
    await expect.poll(() => call.lines, { timeout: 20_000 }).not.toEqual([]);
    call.stopReading();
    expect(await call.ended()).toMatchObject({ code: 0, stderr: '' });
  });

  it('ends listen at the next event without an error', async () => {
    const { command, address } = await runListening('listen', 'udp://127.0.0.1:*');
    command.stopReading();
    await createClient(address).notify.log();
    expect(await command.ended()).toMatchObject({ code: 0, stderr: `listening on ${address}\n` });
  });

  it('ends help without an error', async () => {
    const help = new RunningCommand('--help');
    help.stopReading();
    expect(await help.ended()).toMatchObject({ code: 0, stderr: '' });
  });
});
