/** A slot could not be kept: the store was out of reach, or has given the slot to somebody else. Reason of an abort. */
export class LeaseLostError extends Error {
  constructor(readonly fence: bigint) {
    super('The slot of this call could not be kept, so the call was stopped before its lease ended.');
    this.name = 'LeaseLostError';
  }
}
