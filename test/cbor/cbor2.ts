import { spawnSync } from 'node:child_process';
import { findPython } from '../interop/python-peer.js';

const PROGRAM = `
import sys, cbor2
for line in sys.stdin:
    print(repr(cbor2.loads(bytes.fromhex(line))))
`;

/** What Python's cbor2 makes of items, each as Python shows it. */
export function readByCbor2(items: readonly string[]): string[] {
  const { stdout, stderr, status } = spawnSync(findPython() ?? 'python3', ['-c', PROGRAM], {
    input: items.join('\n'),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trimEnd().split('\n');
}
