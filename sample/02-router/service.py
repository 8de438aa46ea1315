"""A service behind a router: no more than pyzmq and cbor2."""

import sys

import cbor2
import zmq

METHODS = {
    'greet': lambda name: f'hello {name}, this is Python',
    'power': lambda base, exponent: base**exponent,
}

socket = zmq.Context.instance().socket(zmq.DEALER)
socket.setsockopt(zmq.IDENTITY, b'python')
socket.setsockopt(zmq.PROBE_ROUTER, 1)
socket.connect(sys.argv[1])
print('"ready"', flush=True)

while True:
    client, payload, *_ = socket.recv_multipart()
    kind, *message = cbor2.loads(payload)
    if kind == 0:
        request_id, method, args = message
        try:
            response = [1, request_id, None, METHODS[method](*args)]
        except Exception as error:
            response = [1, request_id, [repr(error), {'method': method}], None]
        socket.send_multipart([client, cbor2.dumps(response)])
