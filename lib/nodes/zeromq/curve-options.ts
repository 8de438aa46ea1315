import type { CurveSecurity } from '../security.js';
import { toZ85 } from '../z85.js';
import type { SocketOptions } from './socket-options.js';

/** What makes a socket of zeromq.js speak CURVE. */
export function curveOptions(security: CurveSecurity | undefined): SocketOptions {
  if (security?.role === 'server') {
    return {
      curveServer: true,
      curveSecretKey: toZ85(security.secretKey),
      // Nobody comes in while no ZAP handler answers.
      zapEnforceDomain: true,
    };
  }
  return security
    ? {
        curveServerKey: toZ85(security.serverKey),
        curvePublicKey: toZ85(security.publicKey),
        curveSecretKey: toZ85(security.secretKey),
      }
    : {};
}
