import './resolve-alias';
import 'reflect-metadata';
import { publishAddress } from '../database/cluster-address';
import { TestCluster } from '../database/test-cluster';

/** Starts one PostgreSQL for the run. Its address reaches the workers through the environment. */
export default async function globalSetup(): Promise<void> {
  const cluster = await TestCluster.start();
  publishAddress(cluster.address);
  (globalThis as { memoriTestCluster?: unknown }).memoriTestCluster = cluster;
}
