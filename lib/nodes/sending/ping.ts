import type { Envelope } from '../../protocol/envelope.js';
import type { Route } from '../route.js';
import { EnvelopeMessage } from './envelope-message.js';

/** A PING on its way, which knows whether its peer can have it. */
export class Ping extends EnvelopeMessage {
  private isHandedOver = false;

  constructor(route: Route, envelope: Envelope) {
    super(route, envelope, true);
  }

  /** Whether it was handed to the transport. */
  get wasSent(): boolean {
    return this.isHandedOver;
  }

  override sent(): void {
    this.isHandedOver = true;
  }
}
