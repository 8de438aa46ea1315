import type { Angles, ArmReport, BatteryReport } from './robot-service.js';

const JOINTS = ['shoulder', 'elbow', 'wrist'] as const;

/** Where a joint is while its stick is in the middle, and how far the stick moves it, in degrees. */
const RANGES = {
  shoulder: { middle: 80, reach: 45 },
  elbow: { middle: -50, reach: 45 },
  wrist: { middle: -20, reach: 60 },
};

/** How briskly a joint follows its stick, per second. */
const AGILITY = 4;

/** A simulated arm: its joints follow the sticks, without overshooting. */
export class Arm {
  private state: ArmReport['state'] = 'moving';
  private readonly angles: Angles = { shoulder: 80, elbow: -50, wrist: -20 };
  /** In degrees per second. */
  private readonly speeds: Angles = { shoulder: 0, elbow: 0, wrist: 0 };
  private sticks: Angles = { shoulder: 0, elbow: 0, wrist: 0 };
  private charge = 87;

  drive(sticks: Angles): void {
    this.sticks = sticks;
  }

  stop(): void {
    this.state = 'stopped';
    Object.assign(this.speeds, { shoulder: 0, elbow: 0, wrist: 0 });
  }

  release(): void {
    this.state = 'moving';
  }

  /** @param elapsed in seconds */
  advance(elapsed: number): void {
    // One long step, after a pause of the process, would throw the joints about.
    const seconds = Math.min(elapsed, 0.1);
    if (this.state === 'moving') {
      for (const joint of JOINTS) {
        const { middle, reach } = RANGES[joint];
        const away = middle + reach * this.sticks[joint] - this.angles[joint];
        this.speeds[joint] += AGILITY * (AGILITY * away - 2 * this.speeds[joint]) * seconds;
        this.angles[joint] += this.speeds[joint] * seconds;
      }
    }
    this.charge = Math.max(0, this.charge - this.current() * seconds * 0.002);
  }

  report(): ArmReport {
    return { at: Date.now(), state: this.state, angles: this.angles };
  }

  battery(): BatteryReport {
    const current = this.current();
    return {
      at: Date.now(),
      charge: this.charge,
      voltage: 21 + this.charge * 0.042 - current * 0.05,
      current,
    };
  }

  /** The electronics, and the motors of the joints by their speeds. */
  private current(): number {
    const speed = JOINTS.reduce((total, joint) => total + Math.abs(this.speeds[joint]), 0);
    return 0.4 + speed * 0.03;
  }
}
