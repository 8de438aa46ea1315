import { Tag, SimpleValue } from 'nestjs-remote';

/**
 * What each of the Python peer's VALUES is to a Nest handler or caller (protocol.md 1.5), and what
 * Python has when that comes back: the same, strictly, unless `back` says what instead, by its repr.
 */
export interface PythonValue {
  readonly name: string;
  readonly value: unknown;
  readonly back?: string;
  /** Why `back` is not the same. */
  readonly because?: string;
}

const WHOLE_FLOAT = 'JavaScript does not tell a whole float from an integer';
const UNDEFINED = 'undefined is null, save for members of objects';
const UTC = 'a Date has no zone';
const MILLISECONDS = 'a Date counts milliseconds';
const FAR_DATE = 'a Date travels as seconds in a double, which some centuries off lack digits';
const CBOR2 = 'cbor2 writes it so';

const date = (text: string): Date => new Date(text);
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const changed = (name: string, value: unknown, back: string, because: string): PythonValue => ({
  name,
  value,
  back,
  because,
});

const same: Readonly<Record<string, unknown>> = {
  none: null,
  true: true,
  false: false,
  int0: 0,
  int1: 1,
  int23: 23,
  int24: 24,
  int255: 255,
  int256: 256,
  int65535: 65_535,
  int65536: 65_536,
  i31: 2 ** 31,
  u32: 2 ** 32 - 1,
  i32: 2 ** 32,
  'i53-1': Number.MAX_SAFE_INTEGER,
  i53: 2n ** 53n,
  'i53+1': 2n ** 53n + 1n,
  'i63-1': 2n ** 63n - 1n,
  i63: 2n ** 63n,
  u64: 2n ** 64n - 1n,
  'int-1': -1,
  'int-24': -24,
  'int-25': -25,
  'int-256': -256,
  'int-257': -257,
  '-i31': -(2 ** 31),
  '-i32': -(2 ** 32),
  '-i53+1': Number.MIN_SAFE_INTEGER,
  '-i53': -(2n ** 53n),
  '-i53-1': -(2n ** 53n) - 1n,
  '-i63': -(2n ** 63n),
  '-i63-1': -(2n ** 63n) - 1n,
  neg64: -(2n ** 64n),
  i64: 2n ** 64n,
  'neg64-1': -(2n ** 64n) - 1n,
  i100: 2n ** 100n,
  '-i100': -(2n ** 100n),
  i1000: 2n ** 1000n + 1n,
  float: 1.5,
  '-float0': -0,
  'float0.1': 0.1,
  'float-4.1': -4.1,
  'float2^53': 2 ** 53,
  'float2^64': 2 ** 64,
  float_max: Number.MAX_VALUE,
  float1e300: 1e300,
  float_min: Number.MIN_VALUE,
  nan: NaN,
  inf: Infinity,
  '-inf': -Infinity,
  empty_text: '',
  text: 'hello',
  text_utf8: 'héllo 世界 😀',
  text_nul: 'a\0b',
  text_24: 'a'.repeat(24),
  text_64k: 'é'.repeat(65_536),
  empty_bytes: hex(''),
  bytes: hex('0001ff'),
  bytes_24: Buffer.alloc(24),
  bytes_64k: Buffer.from(Uint8Array.from({ length: 65_536 }, (_, index) => index)),
  empty_list: [],
  list: [1, 'a', null],
  list_24: Array.from({ length: 24 }, (_, index) => index),
  empty_dict: {},
  dict: { a: 1, b: [true] },
  dict_order: { zz: 1, a: 2, m: 3 },
  dict_digits: { '2': 'two', '10': 'ten' },
  dict_prototype: JSON.parse('{"__proto__":1,"constructor":2,"prototype":3,"toString":4}'),
  dict_empty_key: { '': 1 },
  intdict: new Map([
    [1, 'one'],
    [-2, 'two'],
  ]),
  intdict3: new Map([
    [1, 'one'],
    [2, 'two'],
    [-1, 'neg'],
  ]),
  intdict64: new Map([
    [2n ** 53n + 1n, 'odd'],
    [2n ** 63n, 'high'],
  ]),
  mixeddict: new Map<unknown, string>([
    [1, 'i'],
    ['1', 's'],
    [hex('31'), 'b'],
    [null, 'n'],
    [false, 'f'],
    [2.5, 'fl'],
    [[1, 2], 't'],
  ]),
  bytekey: new Map([[Buffer.from('k'), 1]]),
  tuplekey: new Map([[[1, 2], 3]]),
  nonekey: new Map([[null, 1]]),
  nested: { a: [{ b: [[]] }] },
  nested_mixed: { a: [{ b: [[], {}, [[1]]] }], c: { d: { e: null } } },
  nested_values: {
    when: date('2021-06-24T01:02:03Z'),
    price: [new Tag(4, [-2, 110])],
    ids: new Map([[1, new Tag(37, hex('00000000000000000000000000000001'))]]),
  },
  empty_set: new Set(),
  set: new Set([1, 2]),
  set_one: new Set([1]),
  set_ints: new Set([1, 2, 3]),
  set_mixed: new Set<unknown>([1, 'a', Buffer.from('a'), null, [1, 2]]),
  datetime: date('2021-06-24T01:02:03Z'),
  datetime_ms: date('2021-06-24T01:02:03.456Z'),
  datetime_1970: date('1970-01-01T00:00:00Z'),
  datetime_1969: date('1969-12-31T23:59:59.500Z'),
  datetime_min: date('0001-01-01T00:00:00Z'),
  decimal: new Tag(4, [-2, 110]),
  decimal_int: new Tag(4, [0, 100]),
  decimal_neg: new Tag(4, [-2, -27_315]),
  decimal_exp: new Tag(4, [30, 1]),
  decimal_big: new Tag(4, [-1, 1_234_567_890_123_456_789_012_345_678_905n]),
  fraction: new Tag(30, [1, 3]),
  fraction_neg: new Tag(30, [-22, 7]),
  uuid: new Tag(37, hex('00000000000000000000000000000001')),
  uuid_1234: new Tag(37, hex('12345678123456781234567812345678')),
  regex: new Tag(35, String.raw`^a+\d$`),
  ipv4: new Tag(260, hex('c0000201')),
  ipv6: new Tag(260, hex('20010db8000000000000000000000001')),
  ipv4_network: new Tag(261, new Map([[hex('c0000200'), 24]])),
  ipv6_network: new Tag(261, new Map([[hex('20010db8000000000000000000000000'), 32]])),
  tag: new Tag(6000, 'x'),
  tag_list: new Tag(6000, [1, 'x']),
  simple: new SimpleValue(19),
  simple_99: new SimpleValue(99),
};

/** One for each of the peer's VALUES. */
export const PYTHON_VALUES: readonly PythonValue[] = [
  ...Object.entries(same).map(([name, value]) => ({ name, value })),
  changed('undefined', undefined, 'None', UNDEFINED),
  changed('list_undefined', [undefined, null, 1], '[None, None, 1]', UNDEFINED),
  changed('float0', 0, '0', WHOLE_FLOAT),
  changed('float1', 1, '1', WHOLE_FLOAT),
  changed(
    'gamepad',
    { 0: { lx: 0.5, ly: -1, rx: 0, ry: 1, btn: 5 } },
    "{'0': {'lx': 0.5, 'ly': -1, 'rx': 0, 'ry': 1, 'btn': 5}}",
    WHOLE_FLOAT,
  ),
  changed(
    'datetime_us',
    date('2021-06-24T01:02:03.456Z'),
    'datetime.datetime(2021, 6, 24, 1, 2, 3, 456000, tzinfo=datetime.timezone.utc)',
    MILLISECONDS,
  ),
  changed(
    'datetime_zone',
    date('2021-06-24T01:02:03Z'),
    'datetime.datetime(2021, 6, 24, 1, 2, 3, tzinfo=datetime.timezone.utc)',
    UTC,
  ),
  changed(
    'datetime_max',
    date('9999-12-31T23:59:59.999Z'),
    'datetime.datetime(9999, 12, 31, 23, 59, 59, 998993, tzinfo=datetime.timezone.utc)',
    FAR_DATE,
  ),
  changed('decimal_nan', NaN, 'nan', CBOR2),
  changed('decimal_inf', Infinity, 'inf', CBOR2),
  changed('bytearray', Buffer.from('ab'), "b'ab'", CBOR2),
  changed('tuple', [1, 2], '[1, 2]', CBOR2),
  changed('frozenset', new Set(['a']), "{'a'}", CBOR2),
];
