import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { REMOTE_TRANSPORT, RemoteClient, RemoteServer } from 'nestjs-remote';
import { setTimeout } from 'node:timers/promises';
import { check, finish, step, write } from '../support/report.js';

/** The state of one gamepad: sticks from -1 to 1, buttons as bits. */
interface Gamepad {
  lx: number;
  ly: number;
  btn: number;
}

const LOGS = Symbol('logs');
const DEVICES = Symbol('devices');

const logs: string[] = [];
const temperatures = new Map<string, number>();
let gamepad: Gamepad | undefined;
let updates = 0;

@Controller()
class DashboardController {
  @EventPattern('log.*', LOGS)
  log(@Payload() line: string): void {
    logs.push(line);
  }

  @EventPattern('temperature', DEVICES)
  temperature(@Payload() { device, celsius }: { device: string; celsius: number }): void {
    temperatures.set(device, celsius);
  }
}

@Controller()
class RobotController {
  /** Comes 60 times a second. One that is lost does no harm: the next one follows at once. */
  @EventPattern('update_gamepads', REMOTE_TRANSPORT)
  update(@Payload() gamepads: Record<string, Gamepad>): void {
    gamepad = gamepads['0'];
    updates++;
  }

  @MessagePattern('drive', REMOTE_TRANSPORT)
  drive(): string {
    return (gamepad?.ly ?? 0) > 0 ? 'forward' : 'halt';
  }
}

@Module({ controllers: [DashboardController, RobotController] })
class TelemetryModule {}

// Three ways in: logs by topic, a gamepad by UDP, devices by a multicast group.
const logServer = new RemoteServer({ socket: 'sub', bind: 'tcp://127.0.0.1:*', transportId: LOGS });
const robotServer = new RemoteServer({ bind: 'udp://127.0.0.1:*' });
const datagramOptions = { multicastInterface: '127.0.0.1' };
const deviceServer = new RemoteServer({
  bind: 'udp://239.255.60.1:*',
  transportId: DEVICES,
  datagramOptions,
});

const listeners = await Promise.all(
  [logServer, robotServer, deviceServer].map(async (strategy) => {
    const listener = await NestFactory.createMicroservice(TelemetryModule, {
      strategy,
      logger: ['error'],
    });
    await listener.listen();
    return listener;
  }),
);
const [logAddress = ''] = logServer.addresses;
const [robotAddress = ''] = robotServer.addresses;
const [deviceAddress = ''] = deviceServer.addresses;

write(`\nLogs by topic, PUB to SUB at ${logAddress}`);
const logger = new RemoteClient({ socket: 'pub', connect: logAddress });
await until(() => {
  logger.emit('log.info', 'ready');
  logger.emit('debug', 'nobody asked for this topic');
  return logs.includes('ready');
});
check('the topics that arrived', [...new Set(logs)], ['ready']);

write(`\nA gamepad at 60 Hz, UDP at ${robotAddress}`);
const operator = new RemoteClient({ connect: robotAddress });
await until(() => {
  operator.emit('update_gamepads', { 0: { lx: 0, ly: 0.5, btn: 5 } });
  return updates >= 10;
});
await step('call.drive(), with the stick forward', () => operator.call.drive(), 'forward');

write(`\nDevice data to a multicast group, ${deviceAddress}`);
const devices = ['left motor', 'right motor'].map((device, index) => ({
  client: new RemoteClient({ connect: deviceAddress, datagramOptions }),
  reading: { device, celsius: 40 + index },
}));
await until(() => {
  devices.forEach(({ client, reading }) => client.emit('temperature', reading));
  return temperatures.size === devices.length;
});
check('the temperatures of all', Object.fromEntries(temperatures), {
  'left motor': 40,
  'right motor': 41,
});

await Promise.all([logger, operator, ...devices.map(({ client }) => client)].map((c) => c.close()));
await Promise.all(listeners.map((listener) => listener.close()));
finish();

/** Does something 60 times a second until it has succeeded. */
async function until(tick: () => boolean): Promise<void> {
  while (!tick()) {
    await setTimeout(1000 / 60);
  }
}
