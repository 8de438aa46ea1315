import type { LoadClient, OpenClients, Transport } from '../transports/transport.js';

/** The connected clients of one process. */
export class Clients {
  private opened: OpenClients | undefined;

  constructor(
    private readonly transport: Transport,
    private readonly address: string,
  ) {}

  /**
   * Connects so many, closing those that were connected before.
   *
   * @param areNew whether they are to be new ones even if as many are connected already
   */
  async open(connections: number, areNew = false): Promise<readonly LoadClient[]> {
    if (areNew || connections !== this.opened?.clients.length) {
      await this.opened?.close();
      this.opened = await this.transport.openClients(this.address, connections);
    }
    return this.opened.clients;
  }
}
