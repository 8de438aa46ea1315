/** How many connections a socket accepts. */
export interface AdmissionLimits {
  readonly maxConnections: number;
  /** From one IP address. Connections of `ipc://` have none. */
  readonly maxConnectionsPerAddress: number;
}

/** Counts the accepted connections of a socket. */
export class Admission {
  private total = 0;
  private readonly counts = new Map<string, number>();

  constructor(private readonly limits: AdmissionLimits) {}

  /**
   * Counts a connection, if there is room for it.
   *
   * @param address undefined where it has none
   */
  enter(address: string | undefined): boolean {
    const { maxConnections, maxConnectionsPerAddress } = this.limits;
    const count = this.countOf(address);
    if (this.total >= maxConnections || count >= maxConnectionsPerAddress) {
      return false;
    }
    this.total++;
    if (address !== undefined) {
      this.counts.set(address, count + 1);
    }
    return true;
  }

  /** A connection that had entered has ended. */
  leave(address: string | undefined): void {
    this.total--;
    const left = this.countOf(address) - 1;
    if (address === undefined) {
      return;
    }
    if (left > 0) {
      this.counts.set(address, left);
    } else {
      this.counts.delete(address);
    }
  }

  private countOf(address: string | undefined): number {
    return address === undefined ? 0 : (this.counts.get(address) ?? 0);
  }
}
