/**
 * How much each signal counts beside the text itself. Chosen on long conversations of two people, each left out in turn;
 * a neighbouring value of any one moves recall at ten by less than a point. Those of chats with an assistant were chosen on
 * ten such chats, none of them left out. `fact` is judged, not measured.
 */
export interface RecallWeights {
  readonly previous: number;
  readonly next: number;
  /** Of the turns two before and two after. */
  readonly previous2: number;
  readonly next2: number;
  /** Beside `previous`, when the previous turn asks: what answers it need not repeat its words. */
  readonly answer: number;
  readonly session: number;
  /** Factor of a turn whose speaker the query names. */
  readonly speaker: number;
  /** Factor of a turn that ends with a question: what is looked for is rather said than asked. */
  readonly asking: number;
  /** For a turn that says when, or how many, if that is what the query asks for. */
  readonly dated: number;
  readonly counted: number;
  /** What an unnamed assistant said counts this much: people ask for what they themselves said. */
  readonly assistant: number;
  /** The same, when the question is for what the assistant said. */
  readonly advised: number;
  /** In chats, for the reply that follows, and for the session. */
  readonly reply: number;
  readonly chatSession: number;
  /** When it is asked how things stand now: a turn that may replace an earlier one, and more if it tells of a change. */
  readonly newer: number;
  readonly changed: number;
  /** The same, of a turn that says an earlier one again with another number: so much of how well that one fits. */
  readonly restated: number;
  /** Factors of what was said in the time that the question names, and outside it. */
  readonly inTime: number;
  readonly outOfTime: number;
  /** Of a Chinese character beside the pairs of them, as a share: the same thing is often called by another word with it. */
  readonly character: number;
  readonly fact: number;
  /** Of a score: what a fact loses that cannot be trusted at all. Judged, not measured. */
  readonly trust: number;
  /** Of the likest item, where vectors are to be had. */
  readonly vector: number;
}

export const RECALL_WEIGHTS: RecallWeights = {
  previous: 0.1,
  next: 0.3,
  previous2: 0.3,
  next2: 0.2,
  answer: 0.8,
  session: 0.6,
  speaker: 1.3,
  asking: 0.8,
  dated: 0.2,
  counted: 0.1,
  assistant: 0.3,
  advised: 1,
  reply: 0,
  chatSession: 0.6,
  newer: 0.4,
  changed: 1,
  restated: 0.8,
  inTime: 1.3,
  outOfTime: 0.7,
  character: 0.3,
  fact: 1.6,
  trust: 0.5,
  vector: 0.4,
};
