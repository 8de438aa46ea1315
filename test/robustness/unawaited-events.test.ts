import { describe, expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { runFixture, vacantAddress } from './processes.js';

const NO_LINK = /no connection to .* within 50 ms/;
const UNENCODABLE = /cannot encode a bigint/;
const REFUSED = /the hook refuses/;

describe('an event that is not sent, and that nobody awaits,', () => {
  it.each([
    ['notify', 1, NO_LINK],
    ['issueCall', 1, NO_LINK],
    ['retries', 2, NO_LINK],
    ['emit', 1, NO_LINK],
    ['notify, unencodable', 1, UNENCODABLE],
    ['emit, unencodable', 1, UNENCODABLE],
    ['a wrong option', 1, /timeuot/],
    ['arguments that are no array', 1, /option args/],
    ['notify, a hook that throws', 1, REFUSED],
    ['emit, a hook that throws', 1, REFUSED],
    ['a client that closes', 1, /the client was closed/],
  ])('is counted, and does not end the process: %s', async (how, count, detail) => {
    const { code, output } = await runFixture('unawaited-event.mjs', await vacantAddress(), how);
    expect(code).toBe(0);
    const report = JSON.parse(output) as Record<string, unknown>;
    expect(report).toMatchObject({ reason: 'event not sent', counts: [['event not sent', count]] });
    expect(report['detail']).toMatch(detail);
  });

  it('rejects where it is awaited', async () => {
    const client = createClient({ connect: await vacantAddress(), timeout: 20 });
    await expect(client.notify.stop()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
