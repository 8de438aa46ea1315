import { describe, expect, it } from 'vitest';
import { ipcAddress } from '../robustness/processes.js';
import { hasTerminal, run, runInTerminal, runListening } from './running-command.js';

async function startEcho(): Promise<string> {
  return (await runListening('serve-echo', await ipcAddress())).address;
}

describe.runIf(hasTerminal)('in a terminal', () => {
  it('results have colours', async () => {
    expect(await runInTerminal(['list', await startEcho()])).toContain('\u001B[36mevent');
  });

  it('NO_COLOR takes the colours away', async () => {
    const shown = await runInTerminal(['list', await startEcho()], { NO_COLOR: '1' });
    expect(shown).toContain('event    *');
    expect(shown).not.toContain('\u001B');
  });

  it('top refreshes its table', async () => {
    const args = ['top', await startEcho(), '--count', '2', '--interval', '1'];
    expect(await runInTerminal(args)).toContain('\u001B[2A\u001B[J');
  });

  it('bench shows its progress, and takes it away', async () => {
    const shown = await runInTerminal(['bench', await startEcho(), 'echo', '-s', '1']);
    const [, ...lines] = shown.split('\r\u001B[K');
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines.slice(0, -1)) {
      expect(line).toMatch(/^ *\d+ % {2}[\d,]+ calls\/s$/);
    }
    expect(lines.at(-1)).toMatch(/^.\[1m[\d,]+ calls\/s/);
  });
});

it('without a terminal there are no colours', async () => {
  expect((await run('list', await startEcho())).stdout).not.toContain('\u001B');
});
