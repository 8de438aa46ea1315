import type { ArmReport, BatteryReport } from './robot-service.js';

/** Positions of two sticks, from -1 to 1. */
export interface Gamepad {
  left: { x: number; y: number };
  right: { x: number; y: number };
}

/** How long a call to the robot took, in milliseconds; null if it failed. */
export interface RoundTrip {
  /** In milliseconds since 1970. */
  at: number;
  milliseconds: number | null;
}

/** What the page gets, by the type of the event. */
export interface LiveEvents {
  arm: ArmReport;
  battery: BatteryReport;
  gamepad: Gamepad;
  roundTrip: RoundTrip;
}
