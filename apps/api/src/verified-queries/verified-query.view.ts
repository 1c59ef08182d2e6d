import type { VerifiedQuery } from '@memori/text2sql';

/** Each field that goes out. */
export function viewOf(query: VerifiedQuery) {
  const { id, dataSourceId, question, sql, parameters, description, status, createdBy, createdAt, updatedAt } = query;
  return { id, dataSourceId, question, sql, parameters, description, status, createdBy, createdAt, updatedAt };
}
