import {
  type Channel,
  type TracingChannel,
  channel,
  tracingChannel,
} from 'node:diagnostics_channel';
import type { RemoteErrorCode } from '../errors/error-codes.js';

/** Which side sees a call: the one that makes it, or the one that handles it. */
export type CallSide = 'client' | 'server';

export type CallKind = 'request' | 'event';

/**
 * One call, as the subscribers of `nestjs-remote:client.request`, `nestjs-remote:client.event`,
 * `nestjs-remote:server.request` and `nestjs-remote:server.event` get it: the same object with each of
 * its events, so that it identifies the call.
 */
export interface RemoteCallMessage {
  readonly side: CallSide;
  readonly kind: CallKind;
  readonly method: string;
  /** The positional arguments. */
  readonly args: readonly unknown[];
  /** What travels beside the arguments. On the client, a subscriber of `start` may add to it. */
  readonly metadata: Record<string, string>;
  /**
   * Server: who calls, as `context.getSender()`. Client: the identity of the service behind a router, or
   * the topic on PUB, where the call or the client names one.
   */
  readonly peer: string | undefined;
  /** The `RemoteClient` or `RemoteServer`. */
  readonly source: object;
  /** Server: whether it has a handler for the method. On the client always true. */
  readonly isKnown: boolean;
  /**
   * Server: set by a subscriber of `start`, runs what follows, and so the handler, in an async context
   * of its choice. Has to call `handle` at once, and to return what it returns.
   */
  run?: <Result>(handle: () => Result) => Result;
  /** Client: the address of the link that it was given to last. */
  link?: string;
  /** How many values of a stream were sent (server) or have come (client), without the response. */
  items: number;
  /**
   * How often it was tried before: given to a server that has refused it, or, with `retries`, as a call of
   * its own that has ended.
   */
  retries: number;
  /** The result, from `asyncStart` on, where it has one. Of a stream, what came with its end. */
  result?: unknown;
  /** What it ended with, from `error` on; undefined where it succeeded. */
  code?: RemoteErrorCode;
  /** The error, from `error` on. */
  error?: unknown;
}

/** A value of a stream: `nestjs-remote:client.item`, `nestjs-remote:server.item`. */
export interface RemoteItemMessage {
  readonly call: RemoteCallMessage;
  readonly value: unknown;
}

/** A call that is tried again: `nestjs-remote:client.retry`. */
export interface RemoteRetryMessage {
  /** The call that is given to another server, or that repeats one which has ended. */
  readonly call: RemoteCallMessage;
  /** Why. */
  readonly code: RemoteErrorCode;
}

/** A link that comes up or is lost: `nestjs-remote:client.link`, `nestjs-remote:server.link`. */
export interface RemoteLinkMessage {
  readonly side: CallSide;
  readonly state: 'up' | 'down';
  /** The addresses that it leads to, or is bound to. */
  readonly address: string;
  /** Why it is down. */
  readonly reason?: string;
  /** The `RemoteClient` or `RemoteServer`. */
  readonly source: object;
}

// One type twice: which of the two is the message and which the store differs between versions of
// @types/node.
type CallChannel = TracingChannel<RemoteCallMessage, RemoteCallMessage>;
type PlainChannel<Message> = Channel<Message, Message>;

/** The channels of one side. */
export class CallChannels {
  readonly request: CallChannel;
  readonly event: CallChannel;
  readonly item: PlainChannel<RemoteItemMessage>;
  readonly retry: PlainChannel<RemoteRetryMessage>;
  readonly link: PlainChannel<RemoteLinkMessage>;

  constructor(side: CallSide) {
    const prefix = `nestjs-remote:${side}`;
    this.request = tracingChannel(`${prefix}.request`);
    this.event = tracingChannel(`${prefix}.event`);
    this.item = plainChannel(`${prefix}.item`);
    this.retry = plainChannel(`${prefix}.retry`);
    this.link = plainChannel(`${prefix}.link`);
  }

  /** Whether anybody wants to know of the calls of a kind. */
  hasSubscribers(kind: CallKind): boolean {
    return this[kind].hasSubscribers || this.item.hasSubscribers || this.retry.hasSubscribers;
  }
}

/** A channel whose messages are of one type: its publisher alone knows. */
function plainChannel<Message>(name: string): PlainChannel<Message> {
  return channel(name) as PlainChannel<Message>;
}

/** The channels of both sides, which all clients and servers of the process share. */
export const CALL_CHANNELS: Readonly<Record<CallSide, CallChannels>> = {
  client: new CallChannels('client'),
  server: new CallChannels('server'),
};
