import { type Attributes, SpanKind } from '@opentelemetry/api';

/** The version of the semantic conventions whose names these are. */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.45.0';

const SYSTEM = 'nestjs-remote';

/** The conventions' name for a method that the server does not have: callers can make up any number. */
const OTHER = '_OTHER';

/** How a kind of call is described: requests by the conventions of RPC, events by those of messaging. */
export interface Convention {
  readonly span: SpanKind;
  /** The histogram of durations. */
  readonly metric: string;
  /** The name of a span. @param method undefined where the server does not have it */
  name(method: string | undefined): string;
  /** What is known when a call begins. @param method undefined where the server does not have it */
  attributes(method: string | undefined): Attributes;
}

const rpc = {
  name: (method?: string): string => method ?? SYSTEM,
  attributes: (method?: string): Attributes => ({
    'rpc.system.name': SYSTEM,
    'rpc.method': method ?? OTHER,
  }),
};

const messaging = (operation: 'send' | 'process') => ({
  name: (method?: string): string => (method === undefined ? operation : `${operation} ${method}`),
  attributes: (method?: string): Attributes => ({
    'messaging.system': SYSTEM,
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': method ?? OTHER,
  }),
});

/** How calls are described, by side and kind. */
export const CONVENTIONS = {
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
