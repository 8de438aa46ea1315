import { fileURLToPath } from 'node:url';

/** The path of the TypeScript compiler, wherever it is installed. */
export const COMPILER = fileURLToPath(
  new URL('bin/tsc', import.meta.resolve('typescript/package.json')),
);
