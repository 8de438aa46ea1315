import { describe, expect, expectTypeOf, it } from 'vitest';
import { boolean, integer, milliseconds, texts } from '../../lib/options/option-check.js';
import {
  type Resolved,
  type SchemaOf,
  optional,
  resolveOptions,
} from '../../lib/options/option-schema.js';
import { expectRefused } from './wrong-option.js';

interface KettleOptions {
  place: string;
  timeout?: number;
  cups?: number;
  whistles?: boolean;
}

const KETTLE = {
  place: (option: string, value: string): string => texts(option, value)?.[0] ?? 'nowhere',
  timeout: optional(milliseconds, 5000),
  cups: optional(integer(1, 8), 2),
  whistles: boolean,
} satisfies SchemaOf<KettleOptions>;

const resolve = (options: object): Resolved<typeof KETTLE> => resolveOptions(KETTLE, options);

describe('a table of options', () => {
  it('has a row for each option that takes what users may write', () => {
    type Row<Name extends keyof KettleOptions> = SchemaOf<KettleOptions>[Name];
    expectTypeOf<Parameters<Row<'place'>>[1]>().toEqualTypeOf<string>();
    expectTypeOf<Parameters<Row<'cups'>>[1]>().toEqualTypeOf<number | undefined>();
    expectTypeOf(boolean).not.toExtend<Row<'cups'>>();
    expectTypeOf<Omit<typeof KETTLE, 'cups'>>().not.toExtend<SchemaOf<KettleOptions>>();
  });

  it('gives the type that the program works with', () => {
    expectTypeOf<Resolved<typeof KETTLE>>().toEqualTypeOf<{
      place: string;
      timeout: number;
      cups: number;
      whistles: boolean | undefined;
    }>();
  });

  it('fills in the defaults', () => {
    expect(resolve({ place: 'hob' })).toStrictEqual({ place: 'hob', timeout: 5000, cups: 2 });
  });

  it('keeps what is given, also where that is 0 or false', () => {
    const given = { place: 'hob', timeout: 0, cups: 8, whistles: false };
    expect(resolve(given)).toStrictEqual(given);
  });

  it('refuses a wrong value by the name of its option', () => {
    expectRefused(() => resolve({ cups: 9 }), 'cups', /give a whole number from 1 to 8/);
  });

  it('refuses null, which is not left out', () => {
    expectRefused(() => resolve({ timeout: null }), 'timeout', /give milliseconds/);
  });

  it('refuses an unknown name with the names that there are', () => {
    expectRefused(
      () => resolve({ cup: 1 }),
      'cup',
      /no such option; there are place, timeout, cups/,
    );
  });

  it('refuses a name that every object has', () => {
    expectRefused(() => resolve({ toString: 1 }), 'toString', /there is no such option/);
  });

  it('has the words of a table within a table', () => {
    const wording = { prefix: 'kettle.', noun: 'knob', hints: { tea: 'give cups' } };
    const within = (options: object) => (): unknown => resolveOptions(KETTLE, options, wording);
    expectRefused(within({ cups: 0 }), 'kettle.cups', /whole number/);
    expectRefused(within({ cup: 1 }), 'kettle.cup', /there is no such knob/);
    expectRefused(within({ tea: 1 }), 'kettle.tea', /give cups$/);
  });
});
