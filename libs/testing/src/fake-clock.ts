import { Clock } from '@memori/scope';

/** Stands still until a test moves it. */
export class FakeClock extends Clock {
  private time: number;

  constructor(start: Date | string = '2026-01-15T12:00:00Z') {
    super();
    this.time = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.time);
  }

  advance(milliseconds: number): void {
    this.time += milliseconds;
  }

  set(time: Date | string): void {
    this.time = new Date(time).getTime();
  }
}
