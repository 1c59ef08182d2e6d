/** Does the work in so many lanes side by side; each lane takes the next in order. The first failure ends all. */
export async function inLanes<T, L>(
  work: readonly T[],
  lanes: readonly L[],
  run: (each: T, lane: L) => Promise<void>,
): Promise<void> {
  const left = [...work];
  let hasFailed = false;
  const walk = async (lane: L) => {
    for (let next = left.shift(); next !== undefined && !hasFailed; next = left.shift()) {
      await run(next, lane).catch((error: unknown) => {
        hasFailed = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(lanes.map(walk));
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure) throw failure.reason;
}
