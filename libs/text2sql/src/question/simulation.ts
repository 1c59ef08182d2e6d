import type { AnswerHead } from './answer';

const MARK = '[simulated]';
const NOTE = `${MARK} A fake Claude stands in for the real one here (npm run demo:model).`;

/** Whether this process only plays: a fake model stands in for the real one, and every answer has to say so. */
export class Simulation {
  constructor(readonly isOn = false) {}

  /** The answer with the mark in whatever people read first, and once more beside it. A failure is in Memori's own words. */
  label(answer: AnswerHead): AnswerHead {
    if (!this.isOn) return answer;
    const { explanation, summary, clarification, refusal } = answer;
    return {
      ...answer,
      ...(answer.status === 'answered' && {
        explanation: marked(explanation ?? ''),
        assumptions: noted(answer.assumptions ?? []),
      }),
      ...(summary !== undefined && { summary: marked(summary) }),
      ...(clarification && { clarification: { ...clarification, question: marked(clarification.question) } }),
      ...(refusal && { refusal: { ...refusal, reason: marked(refusal.reason) } }),
    };
  }
}

function marked(text: string): string {
  return text.startsWith(MARK) ? text : `${MARK} ${text}`.trimEnd();
}

/** The fake says as much itself; what no model was asked for does not. */
function noted(assumptions: readonly string[]): readonly string[] {
  return assumptions.some((assumption) => assumption.startsWith(MARK)) ? assumptions : [...assumptions, NOTE];
}
