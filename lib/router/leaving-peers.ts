/**
 * The peers of a side that have said GOODBYE. Each leaves the table when it greets, or is gone: the router is
 * told of both, so that there are never more than are connected.
 */
export class LeavingPeers {
  private readonly identities = new Set<string>();

  add(identity: Buffer): void {
    this.identities.add(keyOf(identity));
  }

  delete(identity: Buffer): void {
    this.identities.delete(keyOf(identity));
  }

  clear(): void {
    this.identities.clear();
  }

  has(identity: Buffer): boolean {
    return this.identities.size > 0 && this.identities.has(keyOf(identity));
  }
}

function keyOf(identity: Buffer): string {
  return identity.toString('latin1');
}
