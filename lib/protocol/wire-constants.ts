/** The address frame of a server that is connected directly. */
export const DIRECT = Buffer.from('-');

/** The third frame of a message that a router could not deliver (protocol.md 2.5). */
export const UNREACHABLE = Buffer.from('unreachable');

/** The default identity of a client begins so. A router returns to it what it cannot deliver. */
export const CLIENT_IDENTITY_PREFIX = 'nestjs-remote:';
