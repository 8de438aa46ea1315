/** A robot arm in a process of its own: reports its state 50 times a second, and obeys events. */
import 'reflect-metadata';
import { Controller, Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { Arg, RemoteClient, RemoteServer } from 'nestjs-remote';
import { released } from '../support/node-program.js';
import { Arm } from './arm.js';
import type { Angles } from './robot-service.js';

const FRAMES_PER_SECOND = 50;
const FRAMES_PER_BATTERY_REPORT = 5;

/** Moves the arm, and publishes what it does. */
@Injectable()
class Reporter implements OnModuleDestroy {
  readonly arm = new Arm();
  private publisher: RemoteClient | undefined;
  private frames = 0;
  private advancedAt = performance.now();
  private readonly timer = setInterval(() => this.report(), 1000 / FRAMES_PER_SECOND);

  async reportTo(address: string): Promise<void> {
    await this.publisher?.close();
    this.publisher = new RemoteClient({ socket: 'pub', connect: address });
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.publisher?.close();
  }

  private report(): void {
    const now = performance.now();
    this.arm.advance((now - this.advancedAt) / 1000);
    this.advancedAt = now;
    this.publisher?.emit('telemetry.arm', this.arm.report());
    if (this.frames++ % FRAMES_PER_BATTERY_REPORT === 0) {
      this.publisher?.emit('telemetry.battery', this.arm.battery());
    }
  }
}

@Controller()
class RobotController {
  constructor(private readonly reporter: Reporter) {}

  @MessagePattern('reportTo')
  async reportTo(@Arg(0) address: string): Promise<void> {
    await this.reporter.reportTo(address);
  }

  @MessagePattern('ping')
  ping(): void {}

  @EventPattern('drive')
  drive(@Payload() sticks: Angles): void {
    this.reporter.arm.drive(sticks);
  }

  @EventPattern('emergencyStop')
  stop(@Payload() by: string): void {
    this.reporter.arm.stop();
    process.send?.(`stopped by ${by}`);
  }

  @EventPattern('release')
  release(@Payload() by: string): void {
    this.reporter.arm.release();
    process.send?.(`released by ${by}`);
  }
}

@Module({ controllers: [RobotController], providers: [Reporter] })
class RobotModule {}

const strategy = new RemoteServer({ bind: 'tcp://127.0.0.1:*' });
const robot = await NestFactory.createMicroservice(RobotModule, {
  strategy,
  logger: ['error', 'warn'],
});
await robot.listen();
process.send?.(strategy.addresses[0]);
await released();
await robot.close();
