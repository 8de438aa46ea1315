/** The ZeroMQ sockets that carry this protocol. */
export type SocketType = 'router' | 'dealer' | 'pub' | 'sub';
