import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern } from '@nestjs/microservices';
import {
  type AllowFunction,
  type CurveKeyPair,
  type RemoteClient,
  type RemoteClientOptions,
  type RemoteContext,
  type RemoteServerOptions,
  curveClient,
  curveKeyPair,
  curveServer,
} from 'nestjs-remote';
import type { Engine } from '../../lib/nodes/engine.js';
import { type RunningService, createClient, startService } from '../support/nest.js';

/** The keys of a server and of those who may or may not call it. */
export const SERVER = curveKeyPair();
export const ADA = curveKeyPair();
export const BOB = curveKeyPair();
export const STRANGER = curveKeyPair();

/** Whom the servers of these tests know, unless a test says otherwise. */
export const FRIENDS = { [ADA.publicKey]: 'ada', [BOB.publicKey]: 'bob' };

@Controller()
export class WhoController {
  @MessagePattern('who')
  who(@Ctx() context: RemoteContext): unknown {
    return context.getPeer() ?? 'unknown';
  }

  @MessagePattern('sender')
  sender(@Ctx() context: RemoteContext): string {
    return context.getSender();
  }
}

/** Starts a service that lets friends in. */
export function startSecured(
  engine: Engine,
  options: RemoteServerOptions = {},
  controller: new () => object = WhoController,
): Promise<RunningService> {
  return startService(
    { controllers: [controller] },
    {
      bind: 'tcp://127.0.0.1:*',
      engine,
      security: curveServer({ secretKey: SERVER.secretKey, allow: FRIENDS }),
      ...options,
    },
  );
}

/** A client with its key pair. */
export function securedClient(
  engine: Engine,
  connect: string,
  { secretKey }: CurveKeyPair,
  options: RemoteClientOptions = {},
): RemoteClient {
  const security = curveClient({ serverKey: SERVER.publicKey, secretKey });
  return createClient({ connect, engine, security, ...options });
}

/** An `allow` that a test changes. */
export function allowing(...keys: string[]): AllowFunction & { readonly keys: Set<string> } {
  const allowed = new Set(keys);
  return Object.assign((key: string) => allowed.has(key), { keys: allowed });
}
