/** One number for each joint: degrees, or a stick's position from -1 to 1. */
export interface Angles {
  shoulder: number;
  elbow: number;
  wrist: number;
}

/** What the arm does in a moment. */
export interface ArmReport {
  /** In milliseconds since 1970. */
  at: number;
  /** A stopped arm has its brakes on, and ignores the sticks. */
  state: 'moving' | 'stopped';
  /** In degrees, each from the direction of the link before it. */
  angles: Angles;
}

export interface BatteryReport {
  /** In milliseconds since 1970. */
  at: number;
  /** In percent. */
  charge: number;
  /** In volts. */
  voltage: number;
  /** What the motors draw, in amperes. */
  current: number;
}

/** The robot as its callers see it. */
export interface Robot {
  /** Publishes its state to a SUB server at this address from then on. */
  reportTo(address: string): void;
  ping(): void;
  drive(sticks: Angles): void;
  /** @param by who asks for it */
  emergencyStop(by: string): void;
  release(by: string): void;
}
