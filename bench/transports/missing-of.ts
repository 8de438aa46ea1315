import { spawnSync } from 'node:child_process';
import type { Transport } from './transport.js';

/** @returns what would have to be installed to measure this transport; `undefined` if it is there */
export function missingOf({ broker }: Transport): string | undefined {
  if (!broker) {
    return undefined;
  }
  if (spawnSync(broker.command, ['--version']).status !== 0) {
    return `the command ${broker.command}`;
  }
  try {
    import.meta.resolve(broker.clientPackage);
    return undefined;
  } catch {
    return `the package ${broker.clientPackage}`;
  }
}
