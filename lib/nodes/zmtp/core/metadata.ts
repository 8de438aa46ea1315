import { ProtocolError } from './protocol-error.js';
import { type SocketType, hasIdentity, isPartner } from './socket-type.js';

/** The most bytes of an identity (28/REQREP). */
const MAX_IDENTITY = 255;

/** How long the names of the sockets that there are can be. */
const MAX_TYPE = 16;

/** What a socket says of itself. */
export interface SocketProperties {
  readonly type: SocketType;
  /** Empty where it has none. */
  readonly identity: Uint8Array;
}

/** Writes the metadata of READY and INITIATE (37/ZMTP, "Connection Metadata"). */
export function writeMetadata({ type, identity }: SocketProperties): Buffer {
  return Buffer.concat([
    property('Socket-Type', Buffer.from(type)),
    ...(hasIdentity(type) ? [property('Identity', identity)] : []),
  ]);
}

/**
 * Reads what the other side says of itself. Properties that this engine does not know are skipped.
 *
 * @param ours the type of the socket that reads it
 * @returns its identity, empty where it has none
 * @throws {ProtocolError} where it is malformed, or not for a socket of our type
 */
export function readMetadata(metadata: Buffer, ours: SocketType): Buffer {
  const properties = readProperties(metadata);
  const type = properties.get('socket-type')?.toString('latin1', 0, MAX_TYPE) ?? '';
  if (!isPartner(ours, type)) {
    throw new ProtocolError(`a ${ours} cannot talk to a ${type || 'socket that tells no type'}`);
  }
  const identity = properties.get('identity') ?? Buffer.alloc(0);
  // Those that begin with a zero byte are the ones that a ROUTER makes up.
  if (identity.length > MAX_IDENTITY || identity[0] === 0) {
    throw new ProtocolError(
      'an identity has at most 255 bytes, and does not begin with a zero byte',
    );
  }
  // A copy: it lives as long as its connection, and the chunk that it came in need not.
  return Buffer.from(identity);
}

/** The properties by their names, which are the same in any case of letters. */
function readProperties(metadata: Buffer): Map<string, Buffer> {
  const properties = new Map<string, Buffer>();
  for (let at = 0; at < metadata.length;) {
    const nameEnd = at + 1 + (metadata[at] as number);
    const valueStart = nameEnd + 4;
    const valueEnd =
      valueStart <= metadata.length ? valueStart + metadata.readUInt32BE(nameEnd) : Infinity;
    if (nameEnd === at + 1 || valueEnd > metadata.length) {
      throw new ProtocolError('the metadata of a handshake is malformed');
    }
    const name = metadata.toString('latin1', at + 1, nameEnd).toLowerCase();
    properties.set(name, metadata.subarray(valueStart, valueEnd));
    at = valueEnd;
  }
  return properties;
}

function property(name: string, value: Uint8Array): Buffer {
  const head = Buffer.alloc(1 + name.length + 4);
  head.writeUInt8(name.length, 0);
  head.write(name, 1, 'latin1');
  head.writeUInt32BE(value.length, 1 + name.length);
  return Buffer.concat([head, value]);
}
