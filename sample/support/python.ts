import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A Python program that prints a line of JSON now and then. */
export interface PythonProgram {
  process: ChildProcess;
  lines: AsyncIterable<string>;
}

/**
 * Starts a Python program that lies beside the source of a sample.
 *
 * @param script its path below `sample/`
 * @returns undefined where there is no Python with pyzmq and cbor2
 */
export function startPython(script: string, ...args: string[]): PythonProgram | undefined {
  const python = ['/usr/bin/python3', 'python3'].find(hasModules);
  if (python === undefined) {
    return undefined;
  }
  // The samples run one folder away from where their sources are.
  const path = fileURLToPath(new URL(`../../sample/${script}`, import.meta.url));
  const child = spawn(python, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { process: child, lines: createInterface(child.stdout) };
}

/** What to say where Python is missing. */
export const NO_PYTHON =
  '- skipped: no python3 with pyzmq and cbor2 (Debian: python3-zmq python3-cbor2)';

function hasModules(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import cbor2, zmq'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
