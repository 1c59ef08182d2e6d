import type { Properties } from '../schema';
import { adminSchemas } from './admin.schema';
import { budgetSchemas } from './budget.schema';
import { dataSourceSchemas } from './data-source.schema';
import { healthSchemas } from './health.schema';
import { jobSchemas } from './job.schema';
import { memorySchemas } from './memory.schema';
import { problemSchemas } from './problem.schema';
import { questionSchemas } from './question.schema';
import { sessionSchemas } from './session.schema';

/** Every named schema of the document that is no request body. */
export const SCHEMAS: Properties = {
  ...problemSchemas,
  ...adminSchemas,
  ...healthSchemas,
  ...sessionSchemas,
  ...memorySchemas,
  ...budgetSchemas,
  ...jobSchemas,
  ...dataSourceSchemas,
  ...questionSchemas,
};
