import { Injectable } from '@nestjs/common';

/** Chance, handed in, so that a test can hold it. */
@Injectable()
export class Randomness {
  /** At least 0, below 1. */
  next(): number {
    return Math.random();
  }
}
