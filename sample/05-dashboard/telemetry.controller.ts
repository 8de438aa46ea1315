import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { RemoteClient } from 'nestjs-remote';
import { Live } from './live.js';
import type { Gamepad } from './live-events.js';
import type { ArmReport, BatteryReport, Robot } from './robot-service.js';

/** The two servers of the dashboard, which both run handlers of this controller. */
export const TELEMETRY = Symbol('telemetry');
export const GAMEPAD = Symbol('gamepad');

/** What comes in: the robot's state by PUB/SUB, and the gamepad's sticks by UDP. */
@Controller()
export class TelemetryController {
  constructor(
    private readonly live: Live,
    @Inject('ROBOT') private readonly robot: RemoteClient<Robot>,
  ) {}

  @EventPattern('telemetry.arm', TELEMETRY)
  arm(@Payload() report: ArmReport): void {
    this.live.publish('arm', report);
  }

  @EventPattern('telemetry.battery', TELEMETRY)
  battery(@Payload() report: BatteryReport): void {
    this.live.publish('battery', report);
  }

  @EventPattern('gamepad', GAMEPAD)
  drive(@Payload() gamepad: Gamepad): void {
    this.live.publish('gamepad', gamepad);
    const { left, right } = gamepad;
    void this.robot.notify.drive({ shoulder: left.x, elbow: left.y, wrist: right.y });
  }
}
