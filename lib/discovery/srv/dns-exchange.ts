import { createSocket } from 'node:dgram';
import { on, once } from 'node:events';
import { createConnection, isIPv6 } from 'node:net';
import {
  type Query,
  type Question,
  type Response,
  createQuery,
  readResponse,
} from './dns-message.js';

/** Where a name server is. */
export interface NameServer {
  /** An IP address. */
  readonly host: string;
  readonly port: number;
}

/** Bytes that say how long a message in a stream is. */
const LENGTH_SIZE = 2;

/**
 * Asks a name server: by a datagram from a port of its own and, where the response is too long for one,
 * by a stream.
 *
 * @param signal ends the wait
 * @throws an error of the system, such as `ECONNREFUSED`, or the `AbortError` of the signal
 */
export async function exchange(
  server: NameServer,
  question: Question,
  signal: AbortSignal,
): Promise<Response> {
  const query = createQuery(question);
  const response = await exchangeDatagrams(server, query, signal);
  return response.isTruncated ? exchangeInStream(server, query, signal) : response;
}

async function exchangeDatagrams(
  { host, port }: NameServer,
  query: Query,
  signal: AbortSignal,
): Promise<Response> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  try {
    // The system then drops what others than the server send, and reports a port that is closed.
    socket.connect(port, host);
    await once(socket, 'connect', { signal });
    socket.send(query.bytes);
    for await (const [datagram] of on(socket, 'message', { signal })) {
      const response = readResponse(datagram as Buffer, query);
      if (response) {
        return response;
      }
    }
    throw new Error('unreachable: the messages of a socket do not end');
  } finally {
    socket.close();
  }
}

async function exchangeInStream(
  { host, port }: NameServer,
  query: Query,
  signal: AbortSignal,
): Promise<Response> {
  const socket = createConnection({ host, port, signal });
  try {
    const length = Buffer.alloc(LENGTH_SIZE);
    length.writeUInt16BE(query.bytes.length);
    socket.write(Buffer.concat([length, query.bytes]));
    let received = Buffer.alloc(0);
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      const message = wholeMessage(received);
      const response = message && readResponse(message, query);
      if (message && !response) {
        break;
      }
      if (response) {
        return response;
      }
    }
    throw Object.assign(new Error('the stream has ended without a response'), {
      code: 'EBADRESP',
    });
  } finally {
    socket.destroy();
  }
}

function wholeMessage(received: Buffer): Buffer | undefined {
  if (received.length < LENGTH_SIZE) {
    return undefined;
  }
  const end = LENGTH_SIZE + received.readUInt16BE();
  return received.length < end ? undefined : received.subarray(LENGTH_SIZE, end);
}
