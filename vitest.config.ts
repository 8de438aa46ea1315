import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const NET_ENGINE = fileURLToPath(new URL('test/support/net-engine.ts', import.meta.url));

/** What the engine `net` must do as well: everything that users see, and talking to libzmq. */
const BOTH_ENGINES = [
  'test/cancellation/**/*.test.ts',
  'test/client-server/**/*.test.ts',
  'test/discovery/etcd-clients.test.ts',
  'test/discovery/etcd-registration.test.ts',
  'test/drain/**/*.test.ts',
  'test/faults/**/*.test.ts',
  'test/model/**/*.test.ts',
  'test/names/**/*.test.ts',
  'test/nodes/following.test.ts',
  'test/nodes/reconnecting.test.ts',
  'test/reliability/**/*.test.ts',
  'test/streams/**/*.test.ts',
  'test/extension/**/*.test.ts',
  'test/interop/**/*.test.ts',
  'test/limits/**/*.test.ts',
  'test/router/**/*.test.ts',
];

const ONE_ENGINE = [
  // They set buffers of the kernel, which `node:net` cannot: test/nodes/zmtp has their like.
  'test/router/full-peers.test.ts',
  'test/extension/back-pressure.test.ts',
  // Python alone.
  'test/interop/python-peer.test.ts',
];

export default defineConfig({
  // Nest reads the constructor's parameter types from decorator metadata.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: {
    alias: [
      {
        find: /^nestjs-remote$/u,
        replacement: fileURLToPath(new URL('lib/index.ts', import.meta.url)),
      },
      {
        find: /^nestjs-remote\/(opentelemetry|prometheus|terminus|testing)$/u,
        replacement: fileURLToPath(new URL('lib/$1/index.ts', import.meta.url)),
      },
    ],
  },
  test: {
    projects: [
      { extends: true, test: { name: 'zeromq', include: ['test/**/*.test.ts'] } },
      {
        extends: true,
        resolve: { alias: [{ find: /^\.\/engine\.js$/u, replacement: NET_ENGINE }] },
        test: { name: 'net', include: BOTH_ENGINES, exclude: ONE_ENGINE },
      },
    ],
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
