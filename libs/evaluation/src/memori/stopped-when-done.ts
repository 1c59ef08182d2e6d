const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Does the work and stops what it was done with, also when this process is told to end in the middle. */
export async function stoppedWhenDone<T>(helper: { stop(): Promise<void> }, work: () => Promise<T>): Promise<T> {
  const end = (signal: NodeJS.Signals) =>
    void helper.stop().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  for (const signal of SIGNALS) process.once(signal, end);
  try {
    return await work();
  } finally {
    for (const signal of SIGNALS) process.off(signal, end);
    await helper.stop();
  }
}
