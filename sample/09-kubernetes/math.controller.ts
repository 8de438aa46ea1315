import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { Args } from 'nestjs-remote';
import { setTimeout } from 'node:timers/promises';

/** A sum, and the pod that has worked it out. */
export interface Sum {
  sum: number;
  pod: string | undefined;
}

@Controller()
export class MathController {
  /** Takes as long as a question to a database. */
  @MessagePattern('sum')
  async sum(@Args() numbers: number[]): Promise<Sum> {
    await setTimeout(20);
    const sum = numbers.reduce((total, number) => total + number, 0);
    return { sum, pod: process.env['HOSTNAME'] };
  }
}

/** What callers see of it. */
export interface MathService {
  sum(...numbers: number[]): Promise<Sum>;
}
