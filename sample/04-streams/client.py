"""Calls a handler of many values from Python, which gets the last one."""

import json
import sys

import cbor2
import zmq

socket = zmq.Context.instance().socket(zmq.DEALER)
socket.setsockopt(zmq.LINGER, 0)
socket.setsockopt(zmq.RCVTIMEO, 10_000)
socket.connect(sys.argv[1])

socket.send_multipart([b'-', cbor2.dumps([0, 1, 'survey', [5]])])
_sender, payload, *_ = socket.recv_multipart()
_type, _id, error, result = cbor2.loads(payload)
print(json.dumps(error or result))
