/** How many connections a socket accepts. */
export interface AdmissionLimits {
  readonly maxConnections: number;
  /** From one IP address. Connections of `ipc://` have none. */
  readonly maxConnectionsPerAddress: number;
  /** Of all, how many may be shaking hands at once. */
  readonly maxHandshakes: number;
}

/** Those of all addresses, or of one. */
interface Crowd<Guest> {
  readonly guests: Set<Guest>;
  /** Those that are shaking hands, the oldest first. */
  readonly handshaking: Set<Guest>;
}

/**
 * Counts the accepted connections of a socket.
 *
 * Where there is no room, the oldest that is still shaking hands gives way to the one that comes: a
 * peer is done with that in a moment, so that those that are not are most likely strangers. A
 * connection whose handshake is done never gives way.
 */
export class Admission<Guest> {
  private readonly all: Crowd<Guest> = emptyCrowd();
  private readonly crowds = new Map<string, Crowd<Guest>>();
  private readonly addresses = new Map<Guest, string>();

  /** @param giveWay is called for a connection that is to be closed, and is not counted any more */
  constructor(
    private readonly limits: AdmissionLimits,
    private readonly giveWay: (guest: Guest) => void,
  ) {}

  /**
   * Counts a connection, if there is room for it.
   *
   * @param address undefined where it has none
   */
  enter(guest: Guest, address: string | undefined): boolean {
    const crowd = address === undefined ? undefined : this.crowds.get(address);
    if (!this.makeRoom(crowd)) {
      return false;
    }
    join(this.all, guest);
    if (address !== undefined) {
      const own = this.crowds.get(address) ?? emptyCrowd<Guest>();
      this.crowds.set(address, own);
      this.addresses.set(guest, address);
      join(own, guest);
    }
    return true;
  }

  /** A connection that had entered has shaken hands. */
  established(guest: Guest): void {
    this.all.handshaking.delete(guest);
    this.crowdOf(guest)?.handshaking.delete(guest);
  }

  /** A connection has ended. */
  leave(guest: Guest): void {
    const crowd = this.crowdOf(guest);
    leave(this.all, guest);
    if (crowd) {
      leave(crowd, guest);
      if (crowd.guests.size === 0) {
        this.crowds.delete(this.addresses.get(guest) as string);
      }
      this.addresses.delete(guest);
    }
  }

  /** Whether there is room for one more of a crowd, where need be that of one that gives way. */
  private makeRoom(crowd: Crowd<Guest> | undefined): boolean {
    const { maxConnections, maxConnectionsPerAddress, maxHandshakes } = this.limits;
    if (crowd && crowd.guests.size >= maxConnectionsPerAddress) {
      return this.dismissOldest(crowd);
    }
    const { guests, handshaking } = this.all;
    const isFull = guests.size >= maxConnections || handshaking.size >= maxHandshakes;
    return !isFull || this.dismissOldest(this.all);
  }

  private dismissOldest({ handshaking }: Crowd<Guest>): boolean {
    for (const oldest of handshaking) {
      this.leave(oldest);
      this.giveWay(oldest);
      return true;
    }
    return false;
  }

  private crowdOf(guest: Guest): Crowd<Guest> | undefined {
    const address = this.addresses.get(guest);
    return address === undefined ? undefined : this.crowds.get(address);
  }
}

function emptyCrowd<Guest>(): Crowd<Guest> {
  return { guests: new Set(), handshaking: new Set() };
}

function join<Guest>({ guests, handshaking }: Crowd<Guest>, guest: Guest): void {
  guests.add(guest);
  handshaking.add(guest);
}

function leave<Guest>({ guests, handshaking }: Crowd<Guest>, guest: Guest): void {
  guests.delete(guest);
  handshaking.delete(guest);
}
