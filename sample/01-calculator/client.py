"""Calls the calculator from Python: no more than pyzmq and cbor2."""

import json
import sys
import time

import cbor2
import zmq


class Calculator:
    def __init__(self, address):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RCVTIMEO, 10_000)
        self.socket.connect(address)
        self.calls = 0

    def call(self, method, *args):
        self.calls += 1
        request = [0, self.calls, method, args]
        self.socket.send_multipart([b'-', cbor2.dumps(request)])
        _sender, payload, *_ = self.socket.recv_multipart()
        _type, _id, error, result = cbor2.loads(payload)
        if error:
            raise RuntimeError(*error)
        return result


calculator = Calculator(sys.argv[1])
for method, *args in ('add', 1, 2), ('divide', 1, 0):
    started_at = time.perf_counter()
    try:
        result = calculator.call(method, *args)
    except RuntimeError as error:
        result = error.args
    elapsed = (time.perf_counter() - started_at) * 1000
    print(json.dumps({'result': result, 'elapsed': elapsed}))
