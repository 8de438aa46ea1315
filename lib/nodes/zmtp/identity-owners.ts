/** Whose an identity is. */
export interface IdentityOwner {
  /** 32 bytes. */
  readonly publicKey: Buffer;
  /** Where it was last. */
  readonly remoteAddress: string;
}

/** How many identities are kept that are not connected: of one key, and of all together. */
const MOST_ABSENT = { ofKey: 256, ofAll: 16_384 };

/** An identity that somebody has. */
interface Entry {
  readonly owner: IdentityOwner;
  /** 0 where it is absent. */
  connections: number;
}

/**
 * Which key has which identity: the one that took it first. It keeps it while it is connected, and
 * after that among the last that have left, unless it is refused then.
 *
 * A key has only so many absent ones, so that nobody makes those of others forgotten by many of its own.
 */
export class IdentityOwners {
  private readonly entries = new Map<string, Entry>();
  /** The absent ones of each key. What left first comes first, keys and identities. */
  private readonly absentOf = new Map<string, Set<string>>();
  private absent = 0;

  /** The owners of absent identities, one for each key. */
  get absentOwners(): readonly IdentityOwner[] {
    return [...this.absentOf.values()].flatMap(
      ([name = '']) => this.entries.get(name)?.owner ?? [],
    );
  }

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
    const entry = this.entries.get(name);
    if (entry && !entry.owner.publicKey.equals(owner.publicKey)) {
      return false;
    }
    const connections = entry?.connections ?? 0;
    this.forget(keyOf(owner), name);
    this.entries.set(name, { owner, connections: connections + 1 });
    return true;
  }

  /** A connection that took an identity has ended. */
  leave(identity: Buffer): void {
    const name = identity.toString('latin1');
    const entry = this.entries.get(name);
    if (!entry || --entry.connections > 0) {
      return;
    }
    const key = keyOf(entry.owner);
    const names = this.absentOf.get(key) ?? new Set();
    this.absentOf.delete(key);
    this.absentOf.set(key, names.add(name));
    this.absent++;
    if (names.size > MOST_ABSENT.ofKey) {
      this.forgetOneOf(key);
    } else if (this.absent > MOST_ABSENT.ofAll) {
      const [quietest] = this.absentOf.keys();
      this.forgetOneOf(quietest as string);
    }
  }

  /** A key is not let in any more: what it has and does not use is free. */
  free(owner: IdentityOwner): void {
    const key = keyOf(owner);
    this.absentOf.get(key)?.forEach((name) => this.forget(key, name));
  }

  private forgetOneOf(key: string): void {
    for (const oldest of this.absentOf.get(key) ?? []) {
      this.forget(key, oldest);
      return;
    }
  }

  private forget(key: string, name: string): void {
    const names = this.absentOf.get(key);
    this.entries.delete(name);
    if (names?.delete(name)) {
      this.absent--;
      if (names.size === 0) {
        this.absentOf.delete(key);
      }
    }
  }
}

function keyOf({ publicKey }: IdentityOwner): string {
  return publicKey.toString('latin1');
}
