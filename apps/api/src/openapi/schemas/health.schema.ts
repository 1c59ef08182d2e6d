import { object, oneOfTexts, type Properties, type Schema } from '../schema';

const parts = (description: string): Schema => ({
  type: 'object',
  nullable: true,
  description,
  additionalProperties: {
    type: 'object',
    properties: { status: oneOfTexts('Of this part.', ['up', 'down']) },
    additionalProperties: true,
  },
});

/** What Kubernetes and people watch. */
export const healthSchemas: Properties = {
  Health: object('The report of Terminus.', {
    status: oneOfTexts('Of the whole.', ['ok', 'error', 'shutting_down']),
    info: parts('The parts that are well.'),
    error: parts('The parts that are not.'),
    details: parts('All parts.'),
  }),
};
