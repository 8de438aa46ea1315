import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What a process holds, in bytes. */
export interface Memory {
  rss: number;
  heapUsed: number;
}

const MEBIBYTE = 1024 * 1024;

/** Growth by less than either is noise: pages come and go, and code is compiled late. */
const NOISE = 8 * MEBIBYTE;
const NOISE_SHARE = 0.05;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What this process holds, without what is garbage. */
export function measureMemory(): Memory {
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heapUsed };
}

/** A number of bytes that was sampled again and again. */
export class MemoryTrend {
  private readonly samples: [seconds: number, bytes: number][] = [];

  add(seconds: number, bytes: number): void {
    this.samples.push([seconds, bytes]);
  }

  /**
   * The straight line through the samples from some time on.
   *
   * @returns bytes per second; bytes from the line's begin to its end; and whether that is noise
   */
  since(begin: number): { slope: number; growth: number; isFlat: boolean } {
    const samples = this.samples.filter(([seconds]) => seconds >= begin);
    const count = samples.length;
    const meanTime = samples.reduce((sum, [seconds]) => sum + seconds, 0) / count;
    const mean = samples.reduce((sum, [, bytes]) => sum + bytes, 0) / count;
    let covariance = 0;
    let variance = 0;
    for (const [seconds, bytes] of samples) {
      covariance += (seconds - meanTime) * (bytes - mean);
      variance += (seconds - meanTime) ** 2;
    }
    const slope = variance === 0 ? 0 : covariance / variance;
    const growth = slope * ((samples.at(-1)?.[0] ?? 0) - (samples[0]?.[0] ?? 0));
    return { slope, growth, isFlat: growth <= Math.max(NOISE, mean * NOISE_SHARE) };
  }
}

/** Bytes for people. */
export function inMebibytes(bytes: number): string {
  return `${(bytes / MEBIBYTE).toFixed(1)} MiB`;
}
