import { expect, it } from 'vitest';
import { runFixture } from './processes.js';

it('closes while a name server leaves its opening without a response', async () => {
  const { code, output } = await runFixture('unresolved-name.mjs');
  expect(output.trim().split('\n').toSorted()).toEqual(['closed', 'listen: CANCELLED']);
  expect(code).toBe(0);
});

it('keeps its process alive until its only socket is open again', async () => {
  const { code, output } = await runFixture('reopening-server.mjs');
  expect(output.trim().split('\n')).toEqual([
    'node transport reopened',
    expect.stringContaining('EADDRINUSE'),
    'connect',
  ]);
  expect(code).toBe(0);
});

it('leaves nothing open behind a listener that throws, and does not lose its error', async () => {
  const { output } = await runFixture('throwing-listener.mjs');
  expect(output.trim().split('\n')).toEqual(['of the listener', 'closed: true, sockets: 0']);
});

it('keeps its process alive while a call waits for a server that no source knows', async () => {
  expect(await runFixture('no-servers.mjs')).toEqual({ code: 0, output: 'UNAVAILABLE\n' });
});

it('keeps its process alive while a server waits for a router that no source knows', async () => {
  expect(await runFixture('no-routers.mjs')).toEqual({ code: 0, output: 'closed\n' });
});
