import { describe, expect, it } from 'vitest';

import { Codec } from '../../lib/cbor/codec.js';
import { DecodeError } from '../../lib/cbor/codec-error.js';
import { describePython } from '../interop/python-peer.js';
import { readByCbor2 } from './cbor2.js';
import type { ResponseVector } from './vector-values.js';
import { fromNotation, isFiniteThroughout, vectors } from './vector-values.js';

const codec = new Codec();

const WHOLE_FLOAT = 'JavaScript does not tell a whole float from an integer';
const UNDEFINED = 'undefined outside of objects is null by rule (protocol.md 1.5)';
const DATE = 'Python writes a datetime as tag 0, we write a Date as tag 1';

/** What Python wrote in a way that ours never does. It is decoded all the same. */
const WRITTEN_OTHERWISE: { readonly [name: string]: string | undefined } = {
  'request float_0.0': WHOLE_FLOAT,
  'request gamepad': WHOLE_FLOAT,
  'request undefined': UNDEFINED,
  'request datetime_utc': DATE,
  'request datetime_us': DATE,
  'response_ok float_0.0': WHOLE_FLOAT,
  'response_ok float_1.0': WHOLE_FLOAT,
  'response_ok value:float1': WHOLE_FLOAT,
  'half_1.0': WHOLE_FLOAT,
  undefined: UNDEFINED,
  map_undefined_key: UNDEFINED,
  tag1_int: DATE,
  tag1_float: DATE,
};

/** Items that cbor2 makes values of its own of, where we keep the tag and so the bytes. */
const KEPT_TAGS = new Set(['tag5_bigfloat', 'tag43000_cbor2_28_shared']);

interface Frame {
  readonly name: string;
  readonly value: unknown;
  readonly hex: string;
}

const lastFrame = (frames: readonly string[] | undefined): string => frames?.at(-1) ?? '';
const fromHex = (hex: string): Buffer => Buffer.from(hex, 'hex');
const isFinite = ({ value }: { readonly value?: unknown }): boolean => isFiniteThroughout(value);
const expressible = ({ name }: { readonly name: string }): boolean =>
  WRITTEN_OTHERWISE[name] === undefined;

function calls(group: 'request' | 'notification_dealer' | 'pub'): Frame[] {
  return vectors[group].flatMap(({ name, message_id, method, args, wire_frames }) => {
    if (wire_frames === undefined) return [];
    const call = group === 'request' ? [0, message_id, method, args] : [2, method, args];
    return [{ name: `${group} ${name}`, value: fromNotation(call), hex: lastFrame(wire_frames) }];
  });
}

function responses(group: 'response_ok' | 'response_error'): Frame[] {
  return vectors[group].map(({ name, decoded, wire_frames }: ResponseVector) => ({
    name: `${group} ${name}`,
    value: fromNotation(decoded),
    hex: lastFrame(wire_frames),
  }));
}

function datagram(name: string, value: unknown): Frame {
  const found = vectors.udp.find((vector) => vector.name === name);
  return { name: `udp ${name}`, value, hex: found?.datagram ?? '' };
}

const frames: readonly Frame[] = [
  ...calls('request'),
  ...calls('notification_dealer'),
  ...calls('pub'),
  ...responses('response_ok'),
  ...responses('response_error'),
  datagram('notification', [2, 'update_gamepads', [{ 0: { lx: 0.5, btn: 5 } }]]),
  datagram('request', [0, 7, 'add', [1, 2]]),
];

describe('a frame from Python', () => {
  it('is there for every captured message', () => {
    const { request, notification_dealer, pub, response_ok, response_error } = vectors;
    const groups = [request, notification_dealer, pub, response_ok, response_error];
    const captured = groups.reduce((sum, group) => sum + group.length, 0);
    // One of pub was never sent, and two of udp are messages.
    expect(frames).toHaveLength(captured - 1 + 2);
  });

  it.each(frames)('decodes to the value that Python sent: $name', ({ value, hex }) => {
    expect(codec.decode(fromHex(hex))).toStrictEqual(value);
  });

  const written = frames.filter(expressible);

  it.each(written.filter(isFinite))('is what we encode, to the byte: $name', (frame) => {
    expect(codec.encode(frame.value).toString('hex')).toBe(frame.hex);
  });

  describePython('with a number that is not finite', () => {
    const others = written.filter((frame) => !isFinite(frame));

    it('is there', () => {
      expect(others.length).toBeGreaterThan(0);
    });

    it.each(others)('is to cbor2 what we encode: $name', (frame) => {
      const [ours, theirs] = readByCbor2([codec.encode(frame.value).toString('hex'), frame.hex]);
      expect(ours).toBe(theirs);
    });
  });

  it.each(frames.filter((frame) => !expressible(frame)))(
    'that JavaScript cannot express is written otherwise, for a known reason: $name',
    ({ value, hex }) => {
      expect(codec.encode(value).toString('hex')).not.toBe(hex);
    },
  );

  it.each([...vectors.response_ok, ...vectors.response_error])(
    'holds the request for an answer: $name',
    ({ request_hex }) => {
      expect(codec.decode(fromHex(request_hex))).toHaveLength(4);
    },
  );
});

describe('an item that cbor2 was given', () => {
  const deep = vectors.cbor_decode.filter(({ hex }) => hex.includes('...'));
  const others = vectors.cbor_decode.filter((vector) => !deep.includes(vector));
  const isRefused = ({ name, error }: (typeof others)[number]): boolean =>
    error !== undefined || name === 'break_alone';
  const accepted = others.filter((vector) => !isRefused(vector));

  it.each(accepted.filter(({ name }) => !KEPT_TAGS.has(name)))(
    'decodes to the same value: $name',
    ({ hex, value }) => {
      expect(codec.decode(fromHex(hex))).toStrictEqual(fromNotation(value));
    },
  );

  it.each(accepted.filter(({ name }) => KEPT_TAGS.has(name)))(
    'keeps its tag, and with it its bytes: $name',
    ({ hex }) => {
      expect(codec.encode(codec.decode(fromHex(hex))).toString('hex')).toBe(hex);
    },
  );

  const again = accepted
    .filter((vector) => expressible(vector) && !KEPT_TAGS.has(vector.name))
    .map(({ name, hex, re_encoded }) => ({ name, value: codec.decode(fromHex(hex)), re_encoded }));

  it.each(again.filter(isFinite))('is encoded again as cbor2 encodes it: $name', (item) => {
    expect(codec.encode(item.value).toString('hex')).toBe(item.re_encoded);
  });

  describePython('which is not finite', () => {
    it.each(again.filter((item) => !isFinite(item)))(
      'is to cbor2 what we encode again: $name',
      ({ value, re_encoded = '' }) => {
        const [ours, theirs] = readByCbor2([codec.encode(value).toString('hex'), re_encoded]);
        expect(ours).toBe(theirs);
      },
    );
  });

  it.each(others.filter(isRefused))(
    'is refused where cbor2 raises, or takes a break for a value: $name',
    ({ hex }) => {
      expect(() => codec.decode(fromHex(hex))).toThrow(DecodeError);
    },
  );

  it.each(deep)('is refused where it is nested too deep: $name', ({ name }) => {
    const levels = Number(name.replace('nested_', ''));
    const bytes = Buffer.concat([Buffer.alloc(levels, 0x81), Buffer.of(0x80)]);
    expect(() => codec.decode(bytes)).toThrow('nested deeper than 128 levels');
  });
});
