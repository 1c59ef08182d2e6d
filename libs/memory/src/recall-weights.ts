/**
 * How much each signal counts beside the text itself. Chosen on long conversations of two people, each left out in turn;
 * a neighbouring value of any one moves recall at ten by less than a point. The last two are judged, not measured.
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
  readonly fact: number;
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
  fact: 1.6,
  vector: 0.4,
};
