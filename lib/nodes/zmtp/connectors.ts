import type { Address } from '../address.js';
import type { BackOffLimits } from '../back-off.js';
import { Connector, type ConnectorListener } from './connector.js';

/** Receives what happens to {@link Connectors}. */
export interface ConnectorsListener extends ConnectorListener {
  /** Its connection is not wanted any more. */
  unwanted(connector: Connector): void;
}

/** The connectors of one socket, which follow a list of addresses. */
export class Connectors {
  private readonly connectors = new Map<string, Connector>();

  constructor(
    private readonly limits: BackOffLimits,
    private readonly listener: ConnectorsListener,
  ) {}

  /** Connects to addresses that are new, and disconnects from those that are gone. */
  follow(addresses: readonly Address[]): void {
    const texts = new Set(addresses.map(({ text }) => text));
    for (const [text, connector] of this.connectors) {
      if (!texts.has(text)) {
        this.connectors.delete(text);
        connector.close();
        this.listener.unwanted(connector);
      }
    }
    for (const address of addresses) {
      if (!this.connectors.has(address.text)) {
        const connector = new Connector(address, this.limits, this.listener);
        this.connectors.set(address.text, connector);
        connector.open();
      }
    }
  }

  /** Makes no more attempts. The connections are closed by their owner. */
  close(): void {
    this.connectors.forEach((connector) => connector.close());
  }
}
