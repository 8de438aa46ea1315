export { Arg, Args } from './server/arg.decorator.js';
export { RemoteContext } from './server/remote-context.js';
export { REMOTE_TRANSPORT, RemoteServer, type RemoteServerEvents } from './server/remote-server.js';
export type { RemoteServerOptions } from './server/server-options.js';

export { RemoteClient, type RemoteClientEvents } from './client/remote-client.js';
export type { IssueCallOptions } from './client/issue-call-options.js';
export { remoteClient } from './client/remote-client.provider.js';
export { type CallOptions, RemoteRecord, RemoteRecordBuilder } from './client/remote-record.js';
export type { RemoteMethods, RemoteNotifications } from './client/call-proxy.js';
export type { RemoteClientOptions } from './client/client-options.js';

export { Router, type RouterCounts } from './router/router.js';
export type { RouterLogger, RouterOptions } from './router/router-options.js';
export { RouterModule, type RouterModuleAsyncOptions } from './module/router.module.js';

export { REMOTE_ERROR_CODES, type RemoteErrorCode } from './errors/error-codes.js';
export { RemoteCallError, type RemoteCallErrorOptions } from './errors/remote-call.error.js';

export { DatagramNode, type DatagramNodeOptions } from './nodes/datagram-node.js';
export type { DatagramOptions } from './nodes/datagram-options.js';
export { SocketNode, type SocketNodeOptions } from './nodes/socket-node.js';
export type { Node, NodeListener, OutgoingMessage } from './nodes/node.js';
export { Route } from './nodes/route.js';
export type { Slice } from './protocol/slice.js';
export type { DropReport } from './reporting/drop-counter.js';
export type { OutboxLimits } from './nodes/outbox.js';
export type { SocketOptions, SocketType } from './nodes/socket-options.js';

export { type CodecOptions } from './protocol/codec.js';
export { SimpleValue, Tag } from './protocol/cbor-values.js';
