/** Every queue by its name. */
export const QUEUES = { questions: 'questions' } as const;

/** "Look at the line of questions": carries nothing, since the rows are the truth and the fairest of them goes first. */
export class LookJob {
  static readonly jobName = 'look';
}
