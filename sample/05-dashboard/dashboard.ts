import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientsModule } from '@nestjs/microservices';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { RemoteClient, RemoteServer, remoteClient } from 'nestjs-remote';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DashboardController } from './dashboard.controller.js';
import { Live } from './live.js';
import type { Robot } from './robot-service.js';
import { RoundTrips } from './round-trips.js';
import { GAMEPAD, TELEMETRY, TelemetryController } from './telemetry.controller.js';

@Module({})
class DashboardModule {
  static for(robot: string): DynamicModule {
    return {
      module: DashboardModule,
      imports: [
        ClientsModule.register([remoteClient({ name: 'ROBOT', connect: robot, timeout: 1000 })]),
      ],
      controllers: [DashboardController, TelemetryController],
      providers: [Live, RoundTrips],
    };
  }
}

/** A dashboard that is open to browsers. */
export interface Dashboard {
  app: NestExpressApplication;
  /** Where the page is. */
  url: string;
  /** Where gamepads send their sticks. */
  gamepadAddress: string;
}

/**
 * Starts a hybrid app: HTTP for the page, SUB for telemetry, UDP for gamepads.
 *
 * @param robot the address of the robot's methods
 * @param port of the page; 0 lets the system choose one
 */
export async function startDashboard(robot: string, port: number): Promise<Dashboard> {
  const app = await NestFactory.create<NestExpressApplication>(DashboardModule.for(robot), {
    logger: ['error', 'warn'],
    // A page's stream of events never ends by itself.
    forceCloseConnections: true,
  });
  // The samples run one folder away from where their sources are.
  app.useStaticAssets(fileURLToPath(new URL('../../sample/05-dashboard/page', import.meta.url)));
  app.useStaticAssets(dirname(fileURLToPath(import.meta.resolve('uplot'))), { prefix: '/uplot/' });

  const telemetry = new RemoteServer({
    socket: 'sub',
    bind: 'tcp://127.0.0.1:*',
    transportId: TELEMETRY,
  });
  const gamepads = new RemoteServer({ bind: 'udp://127.0.0.1:*', transportId: GAMEPAD });
  app.connectMicroservice({ strategy: telemetry });
  app.connectMicroservice({ strategy: gamepads });
  await app.startAllMicroservices();
  await app.listen(port, '127.0.0.1');

  const [telemetryAddress = ''] = telemetry.addresses;
  const [gamepadAddress = ''] = gamepads.addresses;
  await app.get<RemoteClient<Robot>>('ROBOT').call.reportTo(telemetryAddress);
  return { app, url: await app.getUrl(), gamepadAddress };
}
