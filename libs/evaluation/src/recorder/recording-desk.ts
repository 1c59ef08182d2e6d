import { type Exchange, Recorder, type Speaker } from './recorder';
import { type OracleAnswer, oracleSpeaker } from './speakers';

/** A recorder, and what it is to expect: the answers of an oracle, or nothing that matters to another speaker. */
export class RecordingDesk {
  private constructor(
    private readonly recorder: Recorder,
    private readonly expected: Map<string, OracleAnswer>,
  ) {}

  /** Without a speaker of its own it answers as it was told. */
  static async start(speaker?: Speaker): Promise<RecordingDesk> {
    const expected = new Map<string, OracleAnswer>();
    const oracle = oracleSpeaker(({ dataSource, question }) => expected.get(placeOf(dataSource, question)));
    return new RecordingDesk(await Recorder.start(speaker ?? oracle), expected);
  }

  get url(): string {
    return this.recorder.url;
  }

  expect(dataSource: string, question: string, answer: OracleAnswer): void {
    this.expected.set(placeOf(dataSource, question), answer);
  }

  take(dataSource: string, question: string): Exchange[] {
    return this.recorder.take(dataSource, question);
  }

  close(): Promise<void> {
    return this.recorder.close();
  }
}

function placeOf(dataSource: string, question: string): string {
  return JSON.stringify([dataSource, question]);
}
