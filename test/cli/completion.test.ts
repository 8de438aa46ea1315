import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { run } from './running-command.js';

const execute = promisify(execFile);

function hasShell(name: string): boolean {
  return spawnSync(name, ['-c', 'true']).status === 0;
}

/** What bash offers for the last of these words. */
async function completedByBash(...words: string[]): Promise<string[]> {
  const { stdout: script } = await run('completion', 'bash');
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const program = `${script}
COMP_WORDS=(nestjs-remote ${quoted}); COMP_CWORD=${words.length}
_nestjs_remote
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await execute('bash', ['-c', program]);
  return stdout.trimEnd().split('\n');
}

describe.runIf(hasShell('bash'))('completion for bash', () => {
  it('completes commands', async () => {
    expect(await completedByBash('c')).toEqual(['call', 'completion']);
    expect(await completedByBash('help', 'li')).toEqual(['list', 'listen']);
  });

  it('completes the options of a command', async () => {
    expect(await completedByBash('call', 'tcp://127.0.0.1:5555', '--s')).toEqual([
      '--server-key',
      '--secret-key',
      '--stream',
    ]);
  });

  it('completes the names of shells', async () => {
    expect(await completedByBash('completion', 'z')).toEqual(['zsh']);
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('for %s names every command and option', async (shell) => {
    const { code, stdout, stderr } = await run('completion', shell);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const word of ['bench', 'serve-echo', 'parallel', 'server-key', 'frontend']) {
      expect(stdout).toContain(word);
    }
  });

  it.each(['bash', 'zsh', 'fish'].filter(hasShell))('is a script that %s reads', async (shell) => {
    const { stdout: script } = await run('completion', shell);
    const prepared = shell === 'zsh' ? `autoload -U compinit; compinit -D; ${script}` : script;
    expect(await execute(shell, ['-c', prepared])).toEqual({ stdout: '', stderr: '' });
  });
});
