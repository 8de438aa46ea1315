import type { INestMicroservice } from '@nestjs/common';
import type { ClientProviderOptions, MicroserviceOptions } from '@nestjs/microservices';

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
  /** What `NestFactory.createMicroservice` is given. */
  serverOptions(brokerPort: number): MicroserviceOptions;
  /** Where clients reach the listening server. */
  addressOf(server: INestMicroservice, brokerPort: number): string;
  /** An entry of `ClientsModule.register`. */
  clientOptions(name: string, address: string): ClientProviderOptions;
}

/** The pattern as it stands. */
export function stringPattern(method: string): Pattern {
  return method;
}

/** The pattern that Nest parses faster over TCP. */
export function commandPattern(method: string): Pattern {
  return { cmd: method };
}
