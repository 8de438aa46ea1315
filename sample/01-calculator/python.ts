import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Beside the source of this sample, which is one folder away from where it is built. */
const script = new URL('../../sample/01-calculator/client.py', import.meta.url).pathname;

/** What one call from Python gave, and how long it took in milliseconds. */
export interface PythonCall {
  result: unknown;
  elapsed: number;
}

/** What the Python client saw of its calls; undefined where there is no Python for it. */
export async function callFromPython(address: string): Promise<PythonCall[] | undefined> {
  const python = ['/usr/bin/python3', 'python3'].find(hasModules);
  if (python === undefined) {
    return undefined;
  }
  const { stdout } = await promisify(execFile)(python, [script, address]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as PythonCall);
}

function hasModules(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import cbor2, zmq'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
