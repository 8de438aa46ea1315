import { type Attributes, SpanKind } from '@opentelemetry/api';
import type { RemoteCallMessage } from '../observe/call-channels.js';
import { endpointOf } from './link-endpoint.js';

/** The version of the semantic conventions whose names these are. */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.45.0';

const SYSTEM = 'nestjs-remote';

/** The conventions' name for a method that the server does not have: callers can make up any number. */
const OTHER = '_OTHER';

/** How a kind of call is described: requests by the conventions of RPC, events by those of messaging. */
interface Convention {
  readonly span: SpanKind;
  /** The histogram of durations. */
  readonly metric: string;
  name(call: RemoteCallMessage): string;
  /** What is known when the call begins. */
  attributes(call: RemoteCallMessage): Attributes;
}

const rpc = {
  name: ({ method, isKnown }: RemoteCallMessage): string => (isKnown ? method : SYSTEM),
  attributes: ({ method, isKnown }: RemoteCallMessage): Attributes => ({
    'rpc.system.name': SYSTEM,
    'rpc.method': isKnown ? method : OTHER,
  }),
};

const messaging = (operation: 'send' | 'process') => ({
  name: ({ method, isKnown }: RemoteCallMessage): string =>
    isKnown ? `${operation} ${method}` : operation,
  attributes: ({ method, isKnown }: RemoteCallMessage): Attributes => ({
    'messaging.system': SYSTEM,
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': isKnown ? method : OTHER,
  }),
});

const CONVENTIONS = {
  client: {
    request: { span: SpanKind.CLIENT, metric: 'rpc.client.call.duration', ...rpc },
    event: {
      span: SpanKind.PRODUCER,
      metric: 'messaging.client.operation.duration',
      ...messaging('send'),
    },
  },
  server: {
    request: { span: SpanKind.SERVER, metric: 'rpc.server.call.duration', ...rpc },
    event: {
      span: SpanKind.CONSUMER,
      metric: 'messaging.process.duration',
      ...messaging('process'),
    },
  },
} as const satisfies Record<string, Record<string, Convention>>;

/** How a call is described. */
export function conventionOf({ side, kind }: RemoteCallMessage): Convention {
  return CONVENTIONS[side][kind];
}

/** The name of a method that its server does not have, which is for its span alone. */
export function originalName({ method, isKnown, kind }: RemoteCallMessage): Attributes {
  return isKnown || kind === 'event' ? {} : { 'rpc.method_original': method };
}

/** How a call has ended, for its span and its metric. */
export function outcomeOf({ kind, code, link, peer, side }: RemoteCallMessage): Attributes {
  const outcome: Attributes = {};
  if (kind === 'request') {
    outcome['rpc.status_code'] = code ?? 'OK';
  }
  if (code !== undefined) {
    outcome['error.type'] = code;
  }
  if (side === 'client') {
    addServer(outcome, link, peer);
  }
  return outcome;
}

/** What only the span of a call that has ended tells. */
export function detailsOf({ link, items, retries, side }: RemoteCallMessage): Attributes {
  const details: Attributes = {};
  if (side === 'client') {
    addEndpoint(details, 'network.peer', link);
  }
  if (items > 0) {
    details['nestjs_remote.items'] = items;
  }
  if (retries > 0) {
    details['nestjs_remote.retries'] = retries;
  }
  return details;
}

/** The server that a client means: behind a router the service, whose address is not known. */
function addServer(attributes: Attributes, link: string | undefined, service?: string): void {
  if (service === undefined) {
    addEndpoint(attributes, 'server', link);
  } else {
    attributes['server.address'] = service;
  }
}

function addEndpoint(
  attributes: Attributes,
  prefix: 'server' | 'network.peer',
  link: string | undefined,
): void {
  const { address, port } = endpointOf(link);
  if (address !== undefined) {
    attributes[`${prefix}.address`] = address;
  }
  if (port !== undefined) {
    attributes[`${prefix}.port`] = port;
  }
}
