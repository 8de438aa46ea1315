import type { Subscribable } from 'rxjs';
import type { EventCount } from '../service.js';

/** A pattern of Nest: a string, or the object that its guides use. */
export type Pattern = string | { cmd: string };

/** A process of others that a transport needs. */
export interface Broker {
  command: string;
  /** What Nest's transport imports, without depending on it. */
  clientPackage: string;
  /** What makes it listen on this port of 127.0.0.1, and keep nothing. */
  args: (port: number) => string[];
}

/** A server that listens. */
export interface Listening {
  /** Where clients reach it. */
  address: string;
  countEvents: () => EventCount;
  close: () => Promise<void>;
}

/** What a load drives: a `ClientProxy` of Nest, or something that is called like one. */
export interface LoadClient {
  /** Ends with the response. */
  send(pattern: Pattern, data: unknown): Subscribable<unknown>;
  /** Ends when the event is handed over. */
  emit(pattern: Pattern, data: unknown): Subscribable<unknown>;
}

/** Connected clients, each with a connection of its own. */
export interface OpenClients {
  clients: readonly LoadClient[];
  close: () => Promise<void>;
}

/** All that one transport needs to be measured; everything else is the same for all. */
export interface Transport {
  /** What a report calls it. */
  readonly title: string;
  /** Whether client and server live in one process, for want of a socket between them. */
  readonly isInOneProcess?: boolean;
  /** Whether values travel as JSON, which makes an array of numbers of a Buffer. */
  readonly isJson?: boolean;
  readonly broker?: Broker;
  pattern(method: string): Pattern;
  /** Starts the server. */
  listen(brokerPort: number): Promise<Listening>;
  openClients(address: string, connections: number): Promise<OpenClients>;
}

/** The pattern as it stands. */
export function stringPattern(method: string): Pattern {
  return method;
}

/** The pattern that Nest parses faster over TCP. */
export function commandPattern(method: string): Pattern {
  return { cmd: method };
}
