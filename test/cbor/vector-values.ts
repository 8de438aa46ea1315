import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';

import { SimpleValue, Tag } from '../../lib/cbor/values.js';

/** The frames captured from Python, see test/vectors.json. */
export interface Vectors {
  readonly request: readonly CallVector[];
  readonly notification_dealer: readonly CallVector[];
  readonly pub: readonly (Partial<CallVector> & { readonly name: string })[];
  readonly response_ok: readonly ResponseVector[];
  readonly response_error: readonly ResponseVector[];
  readonly udp: readonly { readonly name: string; readonly datagram?: string }[];
  readonly cbor_decode: readonly DecodeVector[];
}

export interface CallVector {
  readonly name: string;
  readonly message_id?: number;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly wire_frames: readonly string[];
}

export interface ResponseVector {
  readonly name: string;
  readonly decoded: readonly unknown[];
  readonly request_hex: string;
  readonly wire_frames: readonly string[];
}

export interface DecodeVector {
  readonly name: string;
  readonly hex: string;
  readonly value?: unknown;
  readonly error?: string;
  readonly re_encoded?: string;
}

export const vectors = JSON.parse(
  readFileSync(new URL('../vectors.json', import.meta.url), 'utf8'),
) as Vectors;

/** The JavaScript value for one in the vectors' notation, such as `{"$int": "9007199254740993"}`. */
export function fromNotation(notation: unknown): unknown {
  if (Array.isArray(notation)) return notation.map(fromNotation);
  if (typeof notation !== 'object' || notation === null) return notation;
  const members = Object.entries(notation);
  const [kind, content] = members[0] ?? ['', undefined];
  const convert = converters[kind];
  if (convert !== undefined) return convert(content as never);
  return Object.fromEntries(members.map(([key, member]) => [key, fromNotation(member)]));
}

const converters: { readonly [kind: string]: ((content: never) => unknown) | undefined } = {
  $int: (digits: string) => BigInt(digits),
  $float: (digits: string) => Number(digits.replace('inf', 'Infinity')),
  $bytes: (hex: string) => Buffer.from(hex, 'hex'),
  $undefined: () => undefined,
  $simple: (value: number) => new SimpleValue(value),
  $map: (pairs: [unknown, unknown][]) =>
    new Map(pairs.map(([key, value]) => [fromNotation(key), fromNotation(value)])),
  $set: (items: unknown[]) => new Set(items.map(fromNotation)),
  $tuple: (items: unknown[]) => items.map(fromNotation),
  $tag: ([tag, value]: [number, unknown]) => new Tag(tag, fromNotation(value)),
  $datetime: (text: string) => new Date(text),
  $decimal: decimal,
  $fraction: (text: string) => new Tag(30, text.split('/').map(Number)),
  $uuid: (text: string) => new Tag(37, Buffer.from(text.replaceAll('-', ''), 'hex')),
  $repr: fromRepr,
};

/** Tag 4: `[exponent, mantissa]`. Python writes a Decimal that is no number as a float. */
function decimal(text: string): unknown {
  if (!/\d/.test(text)) return Number(text);
  const digitsAfterPoint = text.split('.')[1]?.length ?? 0;
  const digits = text.replace('.', '');
  const mantissa = Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits);
  return new Tag(4, [0 - digitsAfterPoint, mantissa]);
}

function fromRepr(repr: string): unknown {
  const value = reprs[repr];
  if (value === undefined) throw new Error(`no JavaScript value known for ${repr}`);
  return value;
}

const reprs: { readonly [repr: string]: unknown } = {
  "IPv4Address('192.0.2.1')": new Tag(260, Buffer.from([192, 0, 2, 1])),
  "IPv4Address('192.168.0.1')": new Tag(260, Buffer.from([192, 168, 0, 1])),
  "IPv6Address('2001:db8::1')": new Tag(
    260,
    Buffer.from('20010db8000000000000000000000001', 'hex'),
  ),
  "IPv4Network('192.0.2.0/24')": new Tag(261, new Map([[Buffer.from([192, 0, 2, 0]), 24]])),
  "IPv4Network('192.168.0.0/24')": new Tag(261, new Map([[Buffer.from([192, 168, 0, 0]), 24]])),
  'FrozenDict({1: 2})': new Map([[1, 2]]),
};

/** Whether all numbers of a vector's value are finite: cbor-x writes others wider than Python does. */
export function isFiniteThroughout(value: unknown): boolean {
  return !/\b(NaN|Infinity)\b/.test(inspect(value, { depth: null }));
}
