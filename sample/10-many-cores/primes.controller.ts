import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { Arg } from 'nestjs-remote';

/** How many primes there are below a limit, and which process has found out. */
export interface PrimeCount {
  count: number;
  pid: number;
}

/** Work that keeps a core busy. */
@Controller()
export class PrimesController {
  @MessagePattern('primesBelow')
  primesBelow(@Arg(0) limit: number): PrimeCount {
    let count = 0;
    for (let candidate = 2; candidate < limit; candidate++) {
      count += isPrime(candidate) ? 1 : 0;
    }
    return { count, pid: process.pid };
  }
}

function isPrime(candidate: number): boolean {
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) {
    if (candidate % divisor === 0) {
      return false;
    }
  }
  return true;
}
