import { expect, it } from 'vitest';
import { startService } from '../support/nest.js';
import { CalculatorController } from './calculator.controller.js';
import { describePython } from './python-peer.js';
import { fromHex, startPeer, toHex } from './start-peer.js';

/** What the handlers of a Nest service end with, and the RemoteCallError that Python raises. */
const ERRORS = [
  {
    thrown: "an RpcException('text')",
    method: 'rpc-exception',
    message: 'no funds',
    context: { status: 'error' },
  },
  {
    thrown: 'an RpcException of an object',
    method: 'rpc-exception-object',
    message: 'no funds',
    context: { balance: 5, currency: 'EUR' },
  },
  {
    thrown: 'an RpcException of an object without a message',
    method: 'object-without-message',
    message: '',
    context: { reason: 'no funds', balance: 5 },
  },
  { thrown: 'a bare text, by a filter', method: 'text', message: 'no funds', context: {} },
  {
    thrown: 'any other error, which Nest masks',
    method: 'bug',
    message: 'Internal server error',
    context: { status: 'error' },
  },
  {
    thrown: 'nothing, for there is no such handler',
    method: 'no-such-method',
    message: 'There is no matching message handler defined in the remote service.',
    context: { method: 'no-such-method' },
  },
  {
    thrown: 'a result that is no CBOR',
    method: 'unencodable',
    message:
      'the result cannot be encoded: cannot encode a bigint of 1126 bytes (codec.maxBignum is 1024) at value.ok[0]',
    context: {},
  },
];

describePython('A Python client raises RemoteCallError', () => {
  it.each(ERRORS)('for $thrown', async ({ method, message, context }) => {
    const call = await startCalculator();

    const reply = await call(method);

    expect(reply).toMatchObject({ ok: false, type: 'RemoteCallError', message });
    expect(fromHex(reply.context)).toEqual(context);
  });

  it('for an error of a server without the extension just the same', async () => {
    const call = await startCalculator({ extension: false });

    for (const { method, message, context } of ERRORS) {
      const reply = await call(method);
      expect(reply, method).toMatchObject({ ok: false, type: 'RemoteCallError', message });
      expect(fromHex(reply.context), method).toEqual(context);
    }
  });

  it('for a handler that takes too long, with the timeout in seconds', async () => {
    const call = await startCalculator({ timeout: 250 });

    const reply = await call('never');

    expect(reply).toMatchObject({
      ok: false,
      type: 'RemoteCallError',
      message: 'method timed out',
    });
    expect(fromHex(reply.context)).toEqual({ timeout: 0.25 });
  });
});

async function startCalculator(options: { extension?: boolean; timeout?: number } = {}) {
  const { address } = await startService(
    { controllers: [CalculatorController] },
    { bind: 'tcp://127.0.0.1:*', ...options },
  );
  const client = await startPeer('client', '--connect', address);
  return (method: string, ...args: unknown[]) =>
    client.request({ op: 'call', address: 'any', method, args: toHex(args) });
}
