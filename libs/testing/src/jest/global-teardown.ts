/** Ends the PostgreSQL of the run. When the run is killed instead, the cluster's keeper does it. */
export default async function globalTeardown(): Promise<void> {
  const holder = globalThis as { memoriTestCluster?: { stop(): Promise<void> } };
  await holder.memoriTestCluster?.stop();
  holder.memoriTestCluster = undefined;
}
