import { expect, it } from 'vitest';
import { startService } from '../support/nest.js';
import { CalculatorController } from './calculator.controller.js';
import { describePython } from './python-peer.js';
import { PYTHON_VALUES } from './python-values.js';
import { startPeer } from './start-peer.js';

describePython('A value that a Python client sends to a Nest service', () => {
  it('is one of the documented ones', async () => {
    const client = await startPeer('client', '--connect', 'tcp://127.0.0.1:1');

    const { values = {} } = await client.request({ op: 'values' });

    expect(PYTHON_VALUES.map(({ name }) => name).toSorted()).toEqual(
      Object.keys(values).toSorted(),
    );
  });

  it.each([true, false])(
    'is the documented JavaScript value, and comes back the same or as documented (extension: %s)',
    async (extension) => {
      const service = await startService(
        { controllers: [CalculatorController] },
        { bind: 'tcp://127.0.0.1:*', extension },
      );
      const { echoed } = service.app.get(CalculatorController);
      const client = await startPeer('client', '--connect', service.address);

      for (const { name, value, back } of PYTHON_VALUES) {
        const reply = await client.request({
          op: 'call_value',
          address: 'any',
          method: 'echo',
          name,
        });

        expect(echoed.pop(), name).toStrictEqual(value);
        if (back === undefined) {
          expect(reply, name).toMatchObject({ ok: true, equal: true });
        } else {
          expect(reply, name).toMatchObject({ ok: true, equal: false, repr: back });
        }
      }
    },
  );
});
