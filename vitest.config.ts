import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Nest reads the constructor's parameter types from decorator metadata.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: {
    alias: [
      {
        find: /^nestjs-remote$/u,
        replacement: fileURLToPath(new URL('lib/index.ts', import.meta.url)),
      },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // Ending a worker thread that holds an open ZeroMQ socket aborts the whole process.
    pool: 'forks',
    // A process runs one file after another: loading Nest takes longer than the tests of most files.
    isolate: false,
    // What one test replaces stays replaced in no other, whichever file it is in.
    restoreMocks: true,
    unstubGlobals: true,
    unstubEnvs: true,
    // Tests wait much of the time, for processes and timers.
    maxWorkers: availableParallelism() + 1,
    execArgv: ['--expose-gc'],
    // Generous, for machines that are busy with other work: no test measures time by them.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    retry: 0,
    expect: { poll: { timeout: 15_000, interval: 10 } },
    allowOnly: process.env['CI'] === undefined,
    reporters: ['default', './test/closing-line.reporter.ts'],
  },
});
