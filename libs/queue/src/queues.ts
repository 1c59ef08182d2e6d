/** Every queue by its name. */
export const QUEUES = { questions: 'questions', webhooks: 'webhooks' } as const;

/** "Look whether a webhook is to be told of something": the delivery rows say what and to whom. */
export class DeliverJob {
  static readonly jobName = 'deliver';
}

/** "Look at the line of questions": carries nothing, since the rows are the truth and the fairest of them goes first. */
export class LookJob {
  static readonly jobName = 'look';
}
