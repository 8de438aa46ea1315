"""Seals and opens datagrams as docs/protocol.md says, with other people's CBOR and AES-GCM.

seal.py seal DIRECTION SECRET SESSIONS KEY_ID CONTEXT COUNTER PLAINTEXT
seal.py open DIRECTION SECRET SESSIONS DATAGRAM

All but DIRECTION and COUNTER are in hex.
"""

import sys

import cbor2
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive(label, secret, sessions):
    derived = HKDF(SHA256(), 44, b'', label + sessions).derive(secret)
    return AESGCM(derived[:32]), derived[32:]


def nonce(iv, partial):
    return bytes(a ^ b for a, b in zip(iv, partial.rjust(12, b'\0')))


def seal(label, secret, sessions, key_id, context, counter, plaintext):
    cipher, iv = derive(label, secret, sessions)
    partial = counter.to_bytes(4, 'big')
    header = cbor2.dumps({1: 3, 4: key_id, 6: partial, 10: context})
    additional = cbor2.dumps(['Encrypt0', header, label])
    ciphertext = cipher.encrypt(nonce(iv, partial), plaintext, additional)
    return cbor2.dumps(cbor2.CBORTag(16, [header, {}, ciphertext]))


def unseal(label, secret, sessions, datagram):
    message = cbor2.loads(datagram)
    assert message.tag == 16
    header, unprotected, ciphertext = message.value
    fields = cbor2.loads(header)
    assert fields[1] == 3 and unprotected == {}
    cipher, iv = derive(label, secret, sessions)
    additional = cbor2.dumps(['Encrypt0', header, label])
    return cipher.decrypt(nonce(iv, fields[6]), ciphertext, additional)


action, direction, *rest = sys.argv[1:]
label = f'nestjs-remote udp {direction}'.encode()
if action == 'seal':
    secret, sessions, key_id, context, counter, plaintext = rest
    key_id, context, plaintext = map(bytes.fromhex, (key_id, context, plaintext))
    secret, sessions = map(bytes.fromhex, (secret, sessions))
    print(seal(label, secret, sessions, key_id, context, int(counter), plaintext).hex())
else:
    print(unseal(label, *map(bytes.fromhex, rest)).hex())
