import { type CanActivate, type ExecutionContext, UseGuards } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { RemoteContext } from './remote-context.js';

/** What the server must have for its peers to be known. */
const UNKNOWN_PEER =
  "the key of the caller is not known: this takes security: curveServer(…) with engine: 'net' at the " +
  'server, and a caller that connects to it directly (docs/security.md)';

/**
 * Lets only peers with these names call a handler, or all handlers of a controller; without names, any
 * peer whose key is known. Of two such decorators both must let a caller in.
 *
 * Others get `PERMISSION_DENIED`, and where no key says who calls, `UNAUTHENTICATED`. Their events are
 * dropped. Handlers of other transports let nobody in.
 *
 * @param names those that `allow` of `curveServer` gives
 */
export function RequirePeer(...names: string[]): ClassDecorator & MethodDecorator {
  return UseGuards(new PeerGuard(names));
}

class PeerGuard implements CanActivate {
  constructor(private readonly names: readonly string[]) {}

  canActivate(host: ExecutionContext): boolean {
    if (host.getType() !== 'rpc') {
      return false;
    }
    const context: unknown = host.switchToRpc().getContext();
    const peer = context instanceof RemoteContext ? context.getPeer() : undefined;
    if (!peer) {
      throw new RpcException({ code: 'UNAUTHENTICATED', message: UNKNOWN_PEER });
    }
    if (this.names.length > 0 && !this.names.includes(peer.name)) {
      throw new RpcException({
        code: 'PERMISSION_DENIED',
        message: `'${peer.name}' may not call this`,
      });
    }
    return true;
  }
}
