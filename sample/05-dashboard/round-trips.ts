import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { RemoteClient } from 'nestjs-remote';
import { type Subscription, exhaustMap, interval } from 'rxjs';
import { Live } from './live.js';
import type { RoundTrip } from './live-events.js';
import type { Robot } from './robot-service.js';

/** Calls the robot five times a second, and publishes how long that took. */
@Injectable()
export class RoundTrips implements OnModuleInit, OnModuleDestroy {
  private subscription: Subscription | undefined;

  constructor(
    private readonly live: Live,
    @Inject('ROBOT') private readonly robot: RemoteClient<Robot>,
  ) {}

  onModuleInit(): void {
    this.subscription = interval(200)
      .pipe(exhaustMap(() => this.measure()))
      .subscribe((roundTrip) => this.live.publish('roundTrip', roundTrip));
  }

  onModuleDestroy(): void {
    this.subscription?.unsubscribe();
  }

  private async measure(): Promise<RoundTrip> {
    const startedAt = performance.now();
    const milliseconds = await this.robot.call.ping().then(
      () => performance.now() - startedAt,
      () => null,
    );
    return { at: Date.now(), milliseconds };
  }
}
