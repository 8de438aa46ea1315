import { Controller, HttpCode, Inject, type MessageEvent, Post, Sse } from '@nestjs/common';
import { RemoteClient } from 'nestjs-remote';
import type { Observable } from 'rxjs';
import { Live } from './live.js';
import type { Robot } from './robot-service.js';

/** What the page asks for by HTTP. */
@Controller()
export class DashboardController {
  constructor(
    private readonly live: Live,
    @Inject('ROBOT') private readonly robot: RemoteClient<Robot>,
  ) {}

  @Sse('events')
  events(): Observable<MessageEvent> {
    return this.live.events;
  }

  /** Passes it on. Whether the robot has stopped is in what the robot reports. */
  @Post('emergency-stop')
  @HttpCode(202)
  async stop(): Promise<void> {
    await this.robot.notify.emergencyStop('the page');
  }

  @Post('release')
  @HttpCode(202)
  async release(): Promise<void> {
    await this.robot.notify.release('the page');
  }
}
