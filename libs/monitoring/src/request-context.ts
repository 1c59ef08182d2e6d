import { AsyncLocalStorage } from 'node:async_hooks';

/** What belongs to the request, job or question at hand, without being handed through every call. */
export interface RequestFacts {
  readonly requestId: string;
}

const storage = new AsyncLocalStorage<RequestFacts>();

/** The request that the running code serves. Log lines carry its id. */
export const RequestContext = {
  run<T>(facts: RequestFacts, work: () => T): T {
    return storage.run(facts, work);
  },

  current(): RequestFacts | undefined {
    return storage.getStore();
  },
};
