import { type AnswerHead, NO_TIMINGS, NO_USAGE } from './answer';
import { Simulation } from './simulation';

const anAnswer = (fields: Partial<AnswerHead>): AnswerHead => ({
  id: 'q',
  sessionId: 's',
  dataSourceId: 'd',
  status: 'answered',
  question: 'How many?',
  memories: [],
  usage: NO_USAGE,
  budget: [],
  timings: NO_TIMINGS,
  createdAt: '2026-01-01T00:00:00Z',
  ...fields,
});

describe('a simulation', () => {
  const simulation = new Simulation(true);

  it('marks the answer of a verified query, which no model wrote', () => {
    const answer = simulation.label(anAnswer({ explanation: 'Customers', assumptions: ['n = 3'] }));

    expect(answer.explanation).toBe('[simulated] Customers');
    expect(answer.assumptions).toEqual(['n = 3', expect.stringMatching(/^\[simulated\] .*demo:model/)]);
  });

  it('marks an answer without a word of its own', () => {
    expect(simulation.label(anAnswer({}))).toMatchObject({
      explanation: '[simulated]',
      assumptions: [expect.anything()],
    });
  });

  it('does not mark twice', () => {
    const answer = anAnswer({ explanation: '[simulated] A', assumptions: ['[simulated] B'] });

    expect(simulation.label(answer)).toEqual(answer);
  });

  it.each<[string, Partial<AnswerHead>]>([
    ['a question back', { status: 'clarification', clarification: { question: 'Which?', options: [] } }],
    ['a refusal', { status: 'refused', refusal: { code: 'not-answerable', reason: 'No.' } }],
  ])('marks %s and adds no field', (_, fields) => {
    const labelled = simulation.label(anAnswer(fields));

    expect(JSON.stringify(labelled)).toMatch(/"\[simulated\] (Which\?|No\.)"/);
    expect(Object.keys(labelled)).toEqual(Object.keys(anAnswer(fields)));
  });

  it('leaves everything as it is where the model is real', () => {
    const answer = anAnswer({ explanation: 'Customers' });

    expect(new Simulation().label(answer)).toBe(answer);
  });
});
