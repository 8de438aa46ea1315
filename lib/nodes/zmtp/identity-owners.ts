/** Whose an identity is. */
export interface IdentityOwner {
  /** 32 bytes. */
  readonly publicKey: Buffer;
  /** Where it was last. */
  readonly remoteAddress: string;
}

/** How many identities are kept whose owners have gone. */
const MAX_GONE = 16_384;

/**
 * Which key has which identity: the one that took it first. It keeps it while it is connected, and
 * after that among the last 16,384 that have gone, unless it is refused then.
 */
export class IdentityOwners {
  private readonly present = new Map<string, { owner: IdentityOwner; connections: number }>();
  /** Those that left first come first. */
  private readonly gone = new Map<string, IdentityOwner>();

  /**
   * Takes an identity. Each time that succeeds, {@link leave} must follow.
   *
   * @param identity an empty one is nobody's
   * @returns whether it is nobody's, or of the same key
   */
  take(identity: Buffer, owner: IdentityOwner): boolean {
    if (identity.length === 0) {
      return true;
    }
    const name = identity.toString('latin1');
    const entry = this.present.get(name);
    const before = entry?.owner ?? this.gone.get(name);
    if (before && !before.publicKey.equals(owner.publicKey)) {
      return false;
    }
    this.gone.delete(name);
    this.present.set(name, { owner, connections: (entry?.connections ?? 0) + 1 });
    return true;
  }

  /** A connection that took an identity has ended. */
  leave(identity: Buffer): void {
    const name = identity.toString('latin1');
    const entry = this.present.get(name);
    if (!entry || --entry.connections > 0) {
      return;
    }
    this.present.delete(name);
    this.gone.set(name, entry.owner);
    if (this.gone.size > MAX_GONE) {
      const [oldest] = this.gone.keys();
      this.gone.delete(oldest as string);
    }
  }

  /** Gives back the identities of keys that are gone and would not be let in again. */
  async review(isAllowed: (owner: IdentityOwner) => Promise<boolean>): Promise<void> {
    for (const [name, owner] of this.gone) {
      if (!(await isAllowed(owner))) {
        this.gone.delete(name);
      }
    }
  }
}
