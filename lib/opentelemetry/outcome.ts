import type { Attributes } from '@opentelemetry/api';
import type { RemoteCallMessage } from '../observe/call-channels.js';
import { endpointOf } from './link-endpoint.js';

/** How calls of one method have ended: the same objects for all that ended alike. */
export interface Outcome {
  /** What the span gets at its end. */
  readonly span: Attributes;
  /** All attributes of the metric. */
  readonly metric: Attributes;
}

/** Distinguishes the outcomes of one method: what {@link outcomeOf} reads of a call. */
export function outcomeKey({ side, code, link, peer }: RemoteCallMessage): string {
  return side === 'server' ? (code ?? 'OK') : `${code} ${link} ${peer}`;
}

/** @param start the attributes that were known when it began */
export function outcomeOf(call: RemoteCallMessage, start: Attributes): Outcome {
  const { kind, code, link, peer, side } = call;
  const isClient = side === 'client';
  const outcome: Attributes = {
    ...(kind === 'request' && { 'rpc.status_code': code ?? 'OK' }),
    ...(code !== undefined && { 'error.type': code }),
    ...(isClient && server(link, peer)),
  };
  return {
    span: { ...outcome, ...(isClient && endpoint('network.peer', link)) },
    metric: { ...start, ...outcome },
  };
}

/** What only this call's span tells: the others may differ. */
export function detailsOf(call: RemoteCallMessage): Attributes | undefined {
  const { items, retries, isKnown, kind, method } = call;
  if (items === 0 && retries === 0 && isKnown) {
    return undefined;
  }
  return {
    ...(items > 0 && { 'nestjs_remote.items': items }),
    ...(retries > 0 && { 'nestjs_remote.retries': retries }),
    ...(!isKnown && kind === 'request' && { 'rpc.method_original': method }),
  };
}

/** The server that a client means: behind a router the service, whose address is not known. */
function server(link: string | undefined, service: string | undefined): Attributes {
  return service === undefined ? endpoint('server', link) : { 'server.address': service };
}

function endpoint(prefix: 'server' | 'network.peer', link: string | undefined): Attributes {
  const { address, port } = endpointOf(link);
  return {
    ...(address !== undefined && { [`${prefix}.address`]: address }),
    ...(port !== undefined && { [`${prefix}.port`]: port }),
  };
}
