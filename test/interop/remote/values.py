"""Natural Python values of every kind that the protocol names, and what makes two the same."""

import math
import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any
from uuid import UUID

from cbor2 import CBORSimpleValue, CBORTag, undefined

MOMENT = datetime(2021, 6, 24, 1, 2, 3, tzinfo=timezone.utc)

VALUES: dict[str, Any] = {
    # nothing, and truth
    'none': None,
    'undefined': undefined,
    'true': True,
    'false': False,
    # integers, at every edge of CBOR, of JavaScript and of 64 bits
    'int0': 0,
    'int1': 1,
    'int23': 23,
    'int24': 24,
    'int255': 255,
    'int256': 256,
    'int65535': 65535,
    'int65536': 65536,
    'i31': 2**31,
    'u32': 2**32 - 1,
    'i32': 2**32,
    'i53-1': 2**53 - 1,
    'i53': 2**53,
    'i53+1': 2**53 + 1,
    'i63-1': 2**63 - 1,
    'i63': 2**63,
    'u64': 2**64 - 1,
    'int-1': -1,
    'int-24': -24,
    'int-25': -25,
    'int-256': -256,
    'int-257': -257,
    '-i31': -(2**31),
    '-i32': -(2**32),
    '-i53+1': -(2**53) + 1,
    '-i53': -(2**53),
    '-i53-1': -(2**53) - 1,
    '-i63': -(2**63),
    '-i63-1': -(2**63) - 1,
    'neg64': -(2**64),
    # integers that are bignums
    'i64': 2**64,
    'neg64-1': -(2**64) - 1,
    'i100': 2**100,
    '-i100': -(2**100),
    'i1000': 2**1000 + 1,
    # floats
    'float': 1.5,
    'float0': 0.0,
    '-float0': -0.0,
    'float1': 1.0,
    'float0.1': 0.1,
    'float-4.1': -4.1,
    'float2^53': 2.0**53,
    'float2^64': 2.0**64,
    'float_max': 1.7976931348623157e308,
    'float1e300': 1e300,
    'float_min': 5e-324,
    'nan': math.nan,
    'inf': math.inf,
    '-inf': -math.inf,
    # text
    'empty_text': '',
    'text': 'hello',
    'text_utf8': 'héllo 世界 😀',
    'text_nul': 'a\0b',
    'text_24': 'a' * 24,
    'text_64k': 'é' * 65536,
    # bytes
    'empty_bytes': b'',
    'bytes': b'\x00\x01\xff',
    'bytes_24': bytes(24),
    'bytes_64k': bytes(range(256)) * 256,
    'bytearray': bytearray(b'ab'),
    # sequences
    'empty_list': [],
    'list': [1, 'a', None],
    'list_24': list(range(24)),
    'list_undefined': [undefined, None, 1],
    'tuple': (1, 2),
    # maps
    'empty_dict': {},
    'dict': {'a': 1, 'b': [True]},
    'dict_order': {'zz': 1, 'a': 2, 'm': 3},
    'dict_digits': {'10': 'ten', '2': 'two'},
    'dict_prototype': {'__proto__': 1, 'constructor': 2, 'prototype': 3, 'toString': 4},
    'dict_empty_key': {'': 1},
    'intdict': {1: 'one', -2: 'two'},
    'intdict3': {1: 'one', 2: 'two', -1: 'neg'},
    'intdict64': {2**53 + 1: 'odd', 2**63: 'high'},
    'mixeddict': {1: 'i', '1': 's', b'1': 'b', None: 'n', False: 'f', 2.5: 'fl', (1, 2): 't'},
    'bytekey': {b'k': 1},
    'tuplekey': {(1, 2): 3},
    'nonekey': {None: 1},
    'nested': {'a': [{'b': [[]]}]},
    'nested_mixed': {'a': [{'b': [[], {}, [[1]]]}], 'c': {'d': {'e': None}}},
    'nested_values': {'when': MOMENT, 'price': [Decimal('1.10')], 'ids': {1: UUID(int=1)}},
    'gamepad': {'0': {'lx': 0.5, 'ly': -1.0, 'rx': 0.0, 'ry': 1, 'btn': 5}},
    # sets
    'empty_set': set(),
    'set': {1, 2},
    'set_one': {1},
    'set_ints': {1, 2, 3},
    'set_mixed': {1, 'a', b'a', None, (1, 2)},
    'frozenset': frozenset({'a'}),
    # time
    'datetime': MOMENT,
    'datetime_ms': MOMENT.replace(microsecond=456000),
    'datetime_us': MOMENT.replace(microsecond=456789),
    'datetime_zone': MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30))),
    'datetime_1970': datetime(1970, 1, 1, tzinfo=timezone.utc),
    'datetime_1969': datetime(1969, 12, 31, 23, 59, 59, 500000, tzinfo=timezone.utc),
    'datetime_min': datetime(1, 1, 1, tzinfo=timezone.utc),
    'datetime_max': datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=timezone.utc),
    # numbers beyond int and float
    'decimal': Decimal('1.10'),
    'decimal_int': Decimal('100'),
    'decimal_neg': Decimal('-273.15'),
    'decimal_exp': Decimal('1E+30'),
    'decimal_big': Decimal('123456789012345678901234567890.5'),
    'decimal_nan': Decimal('NaN'),
    'decimal_inf': Decimal('Infinity'),
    'fraction': Fraction(1, 3),
    'fraction_neg': Fraction(-22, 7),
    # what names things
    'uuid': UUID(int=1),
    'uuid_1234': UUID('12345678-1234-5678-1234-567812345678'),
    'regex': re.compile(r'^a+\d$'),
    'ipv4': IPv4Address('192.0.2.1'),
    'ipv6': IPv6Address('2001:db8::1'),
    'ipv4_network': IPv4Network('192.0.2.0/24'),
    'ipv6_network': IPv6Network('2001:db8::/32'),
    # CBOR itself
    'tag': CBORTag(6000, 'x'),
    'tag_list': CBORTag(6000, [1, 'x']),
    'simple': CBORSimpleValue(19),
    'simple_99': CBORSimpleValue(99),
}
"""Values by name."""


def same(left: Any, right: Any) -> bool:
    """Tell whether two values have the same type and value all the way down.

    Stricter than `==`: 1, 1.0 and True differ, so do 0.0 and -0.0, Decimal('1.10') and
    Decimal('1.1'), and the same instant in two zones; but NaN is itself. The order of a dict
    does not count, as in Python.
    """
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        if math.isnan(left) or math.isnan(right):
            return math.isnan(left) and math.isnan(right)
        return left == right and math.copysign(1, left) == math.copysign(1, right)
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return _same_members(list(left.items()), list(right.items()))
    if isinstance(left, (set, frozenset)):
        return _same_members(list(left), list(right))
    if isinstance(left, datetime):
        return bool(left == right) and left.utcoffset() == right.utcoffset()
    if isinstance(left, Decimal):
        return left.as_tuple() == right.as_tuple()
    if isinstance(left, CBORTag):
        return left.tag == right.tag and same(left.value, right.value)
    return bool(left == right)


def _same_members(left: list[Any], right: list[Any]) -> bool:
    rest = list(right)
    for member in left:
        found = next((at for at, other in enumerate(rest) if same(member, other)), None)
        if found is None:
            return False
        del rest[found]
    return not rest
