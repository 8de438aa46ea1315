import { RemoteCallError, type Registry, RemoteServer } from 'nestjs-remote';
import { expect, it, onTestFinished } from 'vitest';
import { start } from '../robustness/plain-service.js';

it.each<[string, () => Promise<void>]>([
  [
    'throws',
    () => {
      throw new Error('no network');
    },
  ],
  ['rejects', () => Promise.reject(new Error('no network'))],
])('a registration whose end %s is reported, and the server closes', async (_how, end) => {
  const register: Registry = { register: () => ({ end }) };
  const server = new RemoteServer({ bind: 'tcp://127.0.0.1:*', register });
  const errors: unknown[] = [];
  server.on('error', (error) => errors.push(error));
  const rejections: unknown[] = [];
  const note = (reason: unknown): void => void rejections.push(reason);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  await start(server);
  await server.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect(errors).toEqual([expect.any(RemoteCallError)]);
  expect(errors[0]).toMatchObject({
    code: 'UNAVAILABLE',
    message: 'cannot give the registration back: no network',
  });
  expect(rejections).toEqual([]);
});
