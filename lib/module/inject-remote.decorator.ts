import { Inject } from '@nestjs/common';
import type { RemoteName } from './remote-services.js';

/**
 * Injects the client that `RemoteModule` has registered by this name, which is also its token:
 *
 * ```ts
 * constructor(@InjectRemote('MATH') private readonly math: RemoteClient<MathService>) {}
 * ```
 *
 * @param name where `RemoteServices` declares services, one of those
 */
export function InjectRemote(name: RemoteName): PropertyDecorator & ParameterDecorator {
  return Inject(name);
}
