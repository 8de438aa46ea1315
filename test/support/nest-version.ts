import { ClientProxy } from '@nestjs/microservices';

/**
 * Whether the tests run with NestJS 11 (`npm run test:nest-11`), which has no hooks at dispatch and
 * before requests, and no metadata of packets.
 */
export const isNest11 = !('setOnDispatchHook' in ClientProxy.prototype);
