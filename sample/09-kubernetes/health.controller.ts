import { Controller, Get } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { InjectRemote, RemoteClient } from 'nestjs-remote';
import { RemoteHealthIndicator } from 'nestjs-remote/terminus';

/** What the probes ask: the service about itself, and the gateway about the service. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly remote: RemoteHealthIndicator,
    @InjectRemote('MATH') private readonly math: RemoteClient,
  ) {}

  @Get('live')
  live(): string {
    return 'alive';
  }

  @Get('ready')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.remote.isHealthy('math', this.math)]);
  }
}
