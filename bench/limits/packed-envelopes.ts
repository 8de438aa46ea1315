import { Encoder } from 'cbor-x';
import type { BenchController } from '../service.js';

/** What a packed client can call. */
export type Method = 'add' | 'happened';

/** A call; an event if its id is 0. */
export type Request = [id: number, method: Method, data: Parameters<BenchController['add']>[0]];

/** What a handler returned for the call of that id. */
export type Response = [id: number, result: unknown];

const codec = new Encoder({ useRecords: false });

/** Makes one message of many requests or responses. */
export function pack(envelopes: readonly (Request | Response)[]): Buffer {
  return codec.encode(envelopes);
}

/** @returns the requests of a message to a server */
export function unpackRequests(message: Buffer): Request[] {
  return codec.decode(message) as Request[];
}

/** @returns the responses of a message to a client */
export function unpackResponses(message: Buffer): Response[] {
  return codec.decode(message) as Response[];
}
