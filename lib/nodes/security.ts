import type { DatagramKeys } from './datagram-keys.js';

/** What a node needs so that what it sends is encrypted, and comes from those who may send it. */
export type NodeSecurity = DatagramKeys;

/** The option `security`: `'none'` says that whoever can reach a bound address may use it. */
export type SecurityOption = NodeSecurity | 'none';
