import type { ReadPacket } from '@nestjs/microservices';
import type { OutgoingPacket } from './dispatching-client.js';
import { type CallOptions, RemoteRecord } from './remote-record.js';

const NO_OPTIONS: CallOptions = Object.freeze({});

/** A packet with the arguments and options that Nest's own has no place for. */
export interface RemotePacket extends OutgoingPacket {
  args: readonly unknown[];
  options: CallOptions;
}

/** The packet of the data of `send` or `emit`, which may be a record with options. */
export function createRemotePacket(pattern: unknown, data: unknown): RemotePacket {
  if (!(data instanceof RemoteRecord)) {
    return { pattern, data, args: [data], options: NO_OPTIONS };
  }
  const { args, options } = data;
  return {
    pattern,
    data: args.length === 1 ? args[0] : args,
    args,
    options,
    ...(options.metadata && { metadata: { ...options.metadata } }),
  };
}

/** A packet that a subclass may have made its own way. */
export function asRemotePacket(packet: ReadPacket | RemotePacket): RemotePacket {
  return 'args' in packet ? packet : { ...packet, args: [packet.data], options: NO_OPTIONS };
}

/** The options of a packet, with the metadata that the dispatch hook has left. */
export function optionsOf({ options, metadata }: RemotePacket): CallOptions {
  if (metadata && Object.keys(metadata).length > 0) {
    return { ...options, metadata };
  }
  if (options.metadata) {
    const { metadata: _taken, ...rest } = options;
    return rest;
  }
  return options;
}
