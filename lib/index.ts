export {
  Arg,
  Args,
  type ArgumentPipe,
  type SchemaOptions,
} from './server/handlers/arg.decorator.js';
export { RequirePeer } from './server/handlers/require-peer.decorator.js';
export { SchemaPipe } from './server/handlers/schema.pipe.js';
export type {
  StandardSchema,
  StandardSchemaIssue,
  StandardSchemaResult,
} from './server/handlers/standard-schema.js';
export { RemoteContext } from './server/handlers/remote-context.js';
export { REMOTE_TRANSPORT, RemoteServer, type RemoteServerEvents } from './server/remote-server.js';
export type { RemoteServerOptions } from './server/server-options.js';
export type { ServerLimitOptions } from './server/server-limits.js';
export type { MethodExtras } from './server/handlers/describe-handler.js';
export type { QueueOptions } from './server/calls/queue-limits.js';

export { RemoteClient } from './client/remote-client.js';
export type { RemoteClientEvents } from './client/remote-client-events.js';
export type { IssueCallOptions } from './client/issue-call-options.js';
export { remoteClient } from './client/remote-client.provider.js';
export { type CallOptions, RemoteRecord, RemoteRecordBuilder } from './client/remote-record.js';
export type { RemoteMethods, RemoteNotifications, RemoteStreams } from './client/remote-methods.js';
export type {
  RemoteCall,
  RemoteCallHandler,
  RemoteInterceptor,
} from './client/remote-interceptor.js';
export type { RemoteClientOptions } from './client/client-options.js';
export type { Affinity } from './client/balancing-options.js';
export type { LinkSnapshot } from './client/links/link-snapshot.js';
export type { ServerGenerator, ServerList } from './discovery/generated-resolver.js';
export type { ServerRecord } from './discovery/server-record.js';

export { Router, type RouterCounts } from './router/router.js';
export type { RouterLogger, RouterOptions } from './router/router-options.js';
export { InjectRemote } from './module/inject-remote.decorator.js';
export type {
  RemoteDefaults,
  RemoteDefaultsAsyncOptions,
} from './module/remote-defaults.module.js';
// All of it: an app can add to an interface only where it is passed on so.
export type * from './module/remote-services.js';
export {
  RemoteModule,
  type RemoteModuleAsyncOptions,
  type RemoteModuleOptions,
  type RemoteRegistration,
} from './module/remote.module.js';
export { RouterModule, type RouterModuleAsyncOptions } from './module/router.module.js';

export { curveClient, type CurveClientOptions } from './security/curve-client.js';
export { type CurveServer, curveServer, type CurveServerOptions } from './security/curve-server.js';
export { curveKeyPair, type CurveKeyPair, type CurveKeySource } from './security/curve-key.js';
export type { Allow, AllowFunction } from './security/allow.js';
export { udpKey, type UdpKeyOptions, type UdpKeys, type UdpKeySource } from './security/udp-key.js';
export type {
  AuthenticatedPeer,
  CurveClientSecurity,
  CurveSecurity,
  CurveServerSecurity,
  NodeSecurity,
  SecurityOption,
} from './nodes/security.js';

export { etcd, type EtcdOptions } from './discovery/etcd/etcd.js';
export type { ListeningServer, Registration, Registry } from './discovery/registry.js';

export { REMOTE_ERROR_CODES, type RemoteErrorCode } from './errors/error-codes.js';
export { RemoteCallError, type RemoteCallErrorOptions } from './errors/remote-call.error.js';

export { DatagramNode, type DatagramNodeOptions } from './nodes/udp/datagram-node.js';
export type { DatagramOptions } from './nodes/udp/datagram-options.js';
export { SocketNode, type SocketNodeOptions } from './nodes/zeromq/socket-node.js';
export type { Node, NodeListener, OutgoingMessage } from './nodes/node.js';
export { Route } from './nodes/route.js';
export type { Slice } from './cbor/slice.js';
export type {
  RemoteCallMessage,
  RemoteItemMessage,
  RemoteLinkMessage,
  RemoteRetryMessage,
} from './observe/call-channels.js';
export type { RemoteStats } from './observe/call-stats.js';
export type { DropReport } from './observe/drop-counter.js';
export type { SendQueueLimits } from './nodes/sending/send-limits.js';
export type { SocketType } from './nodes/socket-type.js';
export type { SocketOptions } from './nodes/zeromq/socket-options.js';

export { type CodecOptions } from './cbor/codec.js';
export { SimpleValue, Tag } from './cbor/values.js';
