import { Logger } from '@nestjs/common';
import type { Subject } from 'rxjs';
import type { RemoteCallError } from '../errors/remote-call.error.js';
import { exposureWarnings } from '../nodes/exposure.js';
import type { DropReport } from '../observe/drop-counter.js';
import { LoggingEmitter } from '../observe/logging-emitter.js';
import type { ClientEndpointListener } from './client-endpoint.js';
import type { ResolvedClientOptions } from './client-options.js';
import { type ServersChange, describeChange } from './links/servers-change.js';
import { CLIENT_EVENTS, type RemoteClientEvents } from './remote-client-events.js';

/** Tells what happens to a client outside of its calls: by Nest's `status`, by events, and in the log. */
export class ClientReporter implements ClientEndpointListener {
  private readonly logger = new Logger('RemoteClient');
  private readonly events = new LoggingEmitter<RemoteClientEvents>(this.logger, CLIENT_EVENTS);
  /** Of strangers, to be logged once. */
  private readonly warnings: string[];

  /**
   * @param status gets Nest's status of the client
   * @param isUp whether a link of it is up
   */
  constructor(
    options: ResolvedClientOptions,
    private readonly status: Pick<Subject<string>, 'next'>,
    private readonly isUp: () => boolean,
  ) {
    this.warnings = exposureWarnings(options.bind, options);
    this.events.reportInterval = options.reportInterval;
  }

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an event that never comes */
  on<Event extends keyof RemoteClientEvents>(
    event: Event,
    callback: RemoteClientEvents[Event],
  ): void {
    this.events.on(event, callback);
  }

  connected(name: string): void {
    this.warnings.splice(0).forEach((warning) => this.warned(warning));
    this.status.next('connected');
    this.events.emit('connect', name);
  }

  disconnected(name: string, reason: string): void {
    this.updateStatus();
    this.events.emit('disconnect', name, reason);
  }

  /** Tells the status, which may be what it was. */
  updateStatus(): void {
    this.status.next(this.isUp() ? 'connected' : 'disconnected');
  }

  failed(error: RemoteCallError): void {
    this.events.error(error);
  }

  warned(warning: string): void {
    this.logger.warn(warning);
  }

  dropped(report: DropReport): void {
    this.events.drop(report);
  }

  serversChanged(change: ServersChange): void {
    this.logger.log(describeChange(change));
  }
}
