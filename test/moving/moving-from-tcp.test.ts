import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { differences, sameRows } from './rows.js';
import { forget } from './moved.controller.js';
import { page } from './page.js';
import { isNest11 } from '../support/nest-version.js';
import { Site, type TransportName } from './site.js';

const TRANSPORTS: readonly TransportName[] = ['TCP', 'nestjs-remote'];

/** Whether the NestJS of this run is so. */
function isSo({ from12 = false }: { from12?: boolean }): boolean {
  return !(from12 && isNest11);
}

beforeEach(forget);
afterAll(forget);

describe('docs/moving-from-tcp.md', () => {
  test('has a row for each difference that is proved here, and no other', () => {
    expect(page.differences).toEqual(differences.map(({ name }) => name));
  });

  test('has a row for each sameness that is proved here, and no other', () => {
    expect(page.same).toEqual(sameRows.map(({ name }) => name));
  });
});

describe.each(differences.filter(isSo))(
  'what differs: $name',
  ({ options, observe, tcp, here, changed }) => {
    test('TCP does what the page says', async () => {
      expect(await observe(await Site.prepare('TCP', options))).toEqual(tcp);
    });

    test('this package does what the page says', async () => {
      expect(await observe(await Site.prepare('nestjs-remote', options))).toEqual(here);
    });

    test.each((changed && (changed.over ?? TRANSPORTS)) ?? [])(
      'the changed app works over %s',
      async (transport) => {
        const site = await Site.prepare(transport, changed?.options ?? options);
        expect(await changed?.observe(site)).toEqual(changed?.sees);
      },
    );
  },
);

describe.each(sameRows.filter(isSo))('what stays: $name', ({ options, observe, sees }) => {
  test.each(TRANSPORTS)('over %s', async (transport) => {
    expect(await observe(await Site.prepare(transport, options))).toEqual(sees);
  });
});
